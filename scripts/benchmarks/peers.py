"""The tools that martlet is compared with: what is installed, and how each is run at its best settings."""
import json
import os
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
# Written by install-peers: {"bin": FOLDER, "installed": {name: version}, "missing": {name: reason}}.
STATE = json.loads(pathlib.Path(os.environ["MARTLET_PEERS"]).read_text()) if "MARTLET_PEERS" in os.environ else None
# Its clients connect whatever the server's key is.
UNVERIFIED = {"parallel-ssh-library"}

FAST = "-o KexAlgorithms=curve25519-sha256 -o Ciphers=aes128-gcm@openssh.com"


def has(name):
    return STATE is not None and name in STATE["installed"]


def exec_commands(rig, count):
    """Name of the tool to its command and environment."""
    folder, hosts = rig.folder, rig.hosts(count)
    tuned = f"-F {folder}/ssh_config_tuned"
    tools = {"xargs-ssh": (["xargs", "-a", hosts, "-P", "32", "-I@", "ssh", *tuned.split(), "@", "true"], {})}
    if has("pssh"):
        tools["pssh"] = (["/usr/bin/parallel-ssh", "-p", "64", "-h", hosts, "-x", tuned, "true"], {})
    if has("clustershell"):
        tools["clush"] = (["/usr/bin/clush", "-f", "64", "-S", "--hostfile", hosts, "-o", tuned, "true"], {})
    if has("parallel-ssh"):
        tools["parallel-ssh-library"] = ([program("python"), HERE / "peers/pssh_library.py", folder, count], {})
    if has("asyncssh"):
        tools["asyncssh"] = ([program("python"), HERE / "peers/asyncssh_gather.py", folder, count], {})
    if has("pyinfra"):
        tools["pyinfra"] = ([program("pyinfra"), "-y", folder / f"pyinfra_{count}.py", "exec", "--", "true"], {})
    if has("ansible-core"):
        tools["ansible-raw"] = (
            [program("ansible"), "-i", folder / f"ansible.{count}.ini", "rig", "-m", "raw", "-a", "true"], ansible(rig))
    return tools


def noop_commands(rig, count):
    tools = {}
    if has("pyinfra"):
        tools["pyinfra"] = ([program("pyinfra"), "-y", rig.folder / f"pyinfra_{count}.py", HERE / "checks/deploy.py"], {})
    if has("ansible-core"):
        tools["ansible"] = (
            [program("ansible-playbook"), "-i", rig.folder / f"ansible.{count}.ini", HERE / "checks/playbook.yml"],
            {**ansible(rig), "ANSIBLE_PIPELINING": "1"})
    return tools


def program(name):
    return pathlib.Path(STATE["bin"]) / name


def ansible(rig):
    return {
        "ANSIBLE_CONFIG": f"{rig.folder}/ansible.cfg", "ANSIBLE_HOME": f"{rig.folder}/ansible-home", "ANSIBLE_FORKS": "50",
        "ANSIBLE_HOST_KEY_CHECKING": "True", "ANSIBLE_SSH_CONTROL_PATH_DIR": f"{rig.folder}/control",
        "ANSIBLE_SSH_ARGS": f"-o ControlMaster=auto -o ControlPersist=60s {FAST}", "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8"}
