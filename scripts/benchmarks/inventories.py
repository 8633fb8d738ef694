"""inventories.py RIG COUNT PORT: known hosts, client configurations and host lists of the rig, for each tool in its own form."""
import pathlib
import sys

SIZES = (1, 4, 10, 50, 100, 200, 300, 500)


def main():
    rig, count, port = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    hosts = [f"127.0.{i // 250}.{i % 250 + 1}" for i in range(count)]
    (rig / "env").write_text(f"PORT={port}\n")
    known_hosts(rig, hosts, port)
    client_configuration(rig, port)
    for size in SIZES:
        if size <= count:
            host_lists(rig, hosts[:size], port)
            ansible(rig, hosts[:size], port)
            pyinfra(rig, hosts[:size], port)
    (rig / "ansible.cfg").write_text("[defaults]\n")


def known_hosts(rig, hosts, port):
    """One line for each host; every tool that can verify host keys does."""
    key = " ".join((rig / "host_key.pub").read_text().split()[:2])
    (rig / "known_hosts").write_text("".join(f"[{host}]:{port} {key}\n" for host in hosts))


def client_configuration(rig, port):
    common = f"""Host *
  Port {port}
  User root
  IdentityFile {rig}/client/id
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile {rig}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  UpdateHostKeys no
  AddressFamily inet
  PreferredAuthentications publickey
  CanonicalizeHostname no
"""
    (rig / "ssh_config").write_text(common)
    (rig / "home/.ssh/config").write_text(common)
    # OpenSSH's default key exchange costs 65 ms of CPU and would decide every comparison with what runs ssh.
    (rig / "ssh_config_tuned").write_text(
        common + "  KexAlgorithms curve25519-sha256\n  Ciphers aes128-gcm@openssh.com\n  HostKeyAlgorithms ssh-ed25519\n"
        "  GSSAPIAuthentication no\n"
    )


def host_lists(rig, hosts, port):
    (rig / f"hosts.{len(hosts)}").write_text("".join(f"{host}\n" for host in hosts))
    (rig / f"targets.{len(hosts)}").write_text("".join(f"root@{host}:{port}\n" for host in hosts))


def ansible(rig, hosts, port):
    (rig / f"ansible.{len(hosts)}.ini").write_text(
        "[rig]\n" + "".join(f"{host}\n" for host in hosts) + f"""
[rig:vars]
ansible_port={port}
ansible_user=root
ansible_ssh_private_key_file={rig}/client/id
ansible_python_interpreter=/usr/bin/python3
ansible_ssh_common_args=-o UserKnownHostsFile={rig}/known_hosts -o GlobalKnownHostsFile=/dev/null -o IdentitiesOnly=yes -o IdentityAgent=none
ansible_remote_tmp=/srv/tmp
""")


def pyinfra(rig, hosts, port):
    options = {
        "ssh_port": port,
        "ssh_user": "root",
        "ssh_key": f"{rig}/client/id",
        "ssh_known_hosts_file": f"{rig}/known_hosts",
        "ssh_strict_host_key_checking": "yes",
        "ssh_paramiko_connect_kwargs": {"allow_agent": False, "look_for_keys": False},
    }
    (rig / f"pyinfra_{len(hosts)}.py").write_text(f"rig = ({[(host, options) for host in hosts]!r}, {{}})\n")


main()
