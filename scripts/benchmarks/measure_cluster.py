"""noop.roundtrips and apply.cold.3: three local hosts, one control plane and two workers, made for this and destroyed after it."""
import contextlib
import json
import pathlib
import shutil

import fleet
import meter
from cold import layout
from measure_roundtrips import DELAY_MS, links

HERE = pathlib.Path(__file__).resolve().parent


def measure(rig, results, bundle):
    read_all(pathlib.Path(bundle))
    with fleet.up(rig, bundle) as hosts:
        own = hosts.run(apply(rig, hosts.spec))
        results.figure("apply.cold.3.martlet.s", own.wall)
        results.figure("apply.cold.3.martlet.cpu.s", own.cpu)
        round_trips(rig, results, hosts)
    with fleet.up(rig, bundle) as hosts:
        other = by_hand(rig, hosts, bundle)
        prove_same(rig, hosts)
    results.figure("apply.cold.3.by-hand.s", other.wall)
    results.ratio("apply.cold.3", own.wall / other.wall, "one run each")


def read_all(bundle):
    """Into the page cache, so that neither of the two pays for the disk."""
    for path in bundle.rglob("*"):
        if path.is_file():
            path.read_bytes()


def apply(rig, spec):
    return [rig.martlet, "apply", "--yes", "-f", spec, "--kubeconfig-out", rig.folder / "fleet.kubeconfig"]


def by_hand(rig, hosts, bundle):
    """The commands of martlet's plan for hosts as fresh as the first ones were, by ssh and scp."""
    folder = rig.folder / "cold"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    plan = folder / "plan.json"
    hosts.run([rig.martlet, "plan", "-f", hosts.spec, "--out", plan])
    layout.write(folder, plan, bundle)
    (folder / "hosts").write_text("".join(f"{name}\n" for name in sorted(hosts.hosts, key=lambda name: not name.startswith("cp-"))))
    # Shared connections: a new one for each command would be a straw man.
    (folder / "ssh_config").write_text("".join(
        f"Host {name}\n  HostName {address}\n" for name, address in hosts.hosts.items()) + f"""Host *
  User root
  IdentityFile {hosts.identity}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile {hosts.known_hosts}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  ControlMaster auto
  ControlPersist 60
  ControlPath {rig.folder}/control/%n
""")
    return hosts.run([HERE / "cold/cluster", folder])


def prove_same(rig, hosts):
    """The script has left nothing out: martlet finds nothing to do but to copy the programs, whose digests only it records."""
    plan = json.loads(hosts.run([rig.martlet, "plan", "-f", hosts.spec, "--format", "json"]).output)
    pending = [step["id"] for step in plan["steps"] if step["change"] != "no-op"]
    other = [step for step in pending if step.split("@")[0] not in ("kubernetes-binaries", "cni-plugins")]
    if other:
        raise meter.Failed(f"the script left out {', '.join(other)}")


def round_trips(rig, results, hosts):
    """Of each host's one connection, what an apply that changes nothing has above a connection that only authenticates."""
    with contextlib.ExitStack() as stack:
        logs = {name: rig.folder / f"turns.{name}" for name in hosts.hosts}
        ports = {}
        for name, address in hosts.hosts.items():
            logs[name].write_text("")
            ports[name] = stack.enter_context(rig.relay(DELAY_MS, logs[name], (address, 22)))
        spec = hosts.reach_through(ports)

        def turns(command):
            for log in logs.values():
                log.write_text("")
            run = hosts.run(command)
            return run, {name: links(log, 1, f"{command[1]} on {name}")[0] for name, log in logs.items()}

        _, bare = turns([rig.martlet, "measure", "connect", "-f", spec])
        run, full = turns(apply(rig, spec))
    if "Nothing to do" not in run.output:
        raise meter.Failed(f"an apply right after an apply changed something: {run.output[-400:]}")
    above = {name: full[name][0] - bare[name][0] for name in hosts.hosts}
    for name, count in above.items():
        results.figure(f"noop.roundtrips.{name}", count)
        results.figure(f"noop.bytes-sent.{name}", full[name][1] - bare[name][1])
    results.ratio("noop.roundtrips", max(above.values()) / 2, "the host with the most")
