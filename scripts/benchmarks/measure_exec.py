"""exec.*: one command on many hosts, against the C loop and against the tools that are there."""
import statistics

import meter
import peers
from results import pairwise

ROUNDS = 5
CONNECTIONS = 64


def measure(rig, results, quick):
    against_floor(rig, results, small=100, large=300 if quick else 500, quick=quick)
    start(rig, results)
    if quick:
        return
    one_host(rig, results)
    through_delay(rig, results)
    against_peers(rig, results)


def against_floor(rig, results, small, large, quick):
    """Both programs on few and on many hosts in every round, in an order that turns."""
    cases = {
        "martlet.small": rig.martlet_exec(small), "floor.small": rig.floor(small, "-c", "true"),
        "martlet.large": rig.martlet_exec(large), "floor.large": rig.floor(large, "-c", "true"),
    }
    rig.run(rig.martlet_exec(10))
    runs = {name: [] for name in cases}
    names = list(cases)
    for turn in range(ROUNDS):
        for name in names[turn % 4:] + names[:turn % 4]:
            runs[name].append(rig.run(cases[name]))

    def slopes(who):
        return [(b.cpu - a.cpu) / (large - small) for a, b in zip(runs[f"{who}.small"], runs[f"{who}.large"])]

    own, floor = runs["martlet.large"], runs["floor.large"]
    note = f"{small} and {large} hosts" if quick else ""
    results.ratio("exec.cpu.slope", pairwise(slopes("martlet"), slopes("floor")), note)
    results.ratio("exec.cpu.500", pairwise([r.cpu for r in own], [r.cpu for r in floor]), f"at {large} hosts" if quick else "")
    memory = max(r.memory_mb for r in own)
    results.ratio("exec.memory", memory / (25 + 0.06 * CONNECTIONS))
    results.figure(f"exec.memory.{large}.mb", memory)
    for who, several in (("martlet", own), ("floor", floor)):
        results.figure(f"exec.cpu.{large}.{who}.s", statistics.median(r.cpu for r in several))
        results.figure(f"exec.cpu.slope.{small}-{large}.{who}.ms", statistics.median(slopes(who)) * 1e3)
        results.figure(f"exec.wall.{large}.{who}.s", statistics.median(r.wall for r in several))
    if not quick:
        results.ratio("exec.wall.500", pairwise([r.wall for r in own], [r.wall for r in floor]))


def start(rig, results):
    cpu = statistics.median(rig.run([rig.martlet, "--version"]).cpu for _ in range(9))
    results.ratio("exec.start", cpu / 0.030)
    results.figure("exec.start.ms", cpu * 1e3)


def one_host(rig, results):
    """Twenty runs of each, one after another; with the algorithms that OpenSSH chooses by itself."""
    own, other = [], []
    for _ in range(20):
        own.append(rig.run(rig.martlet_exec(1)).wall)
        other.append(rig.run(["ssh", "-F", rig.folder / "ssh_config", "127.0.0.1", "true"]).wall)
    results.ratio("exec.one", pairwise(own, other))
    results.figure("exec.one.martlet.ms", statistics.median(own) * 1e3)
    results.figure("exec.one.ssh.ms", statistics.median(other) * 1e3)


def through_delay(rig, results):
    own, other = [], []
    with rig.relay(10) as port:
        targets = rig.targets_at(port, 100)
        for _ in range(ROUNDS):
            own.append(rig.run([rig.martlet, "exec", "--target", targets, "--", "true"]).wall)
            other.append(rig.run(rig.floor(100, "-c", "true", port=port)).wall)
    results.ratio("exec.delay.100", pairwise(own, other))
    results.figure("exec.delay.100.martlet.s", statistics.median(own))


def against_peers(rig, results):
    for count, name, rounds in ((10, "exec.wall.10", 5), (500, "exec.peer.500", 3)):
        own, walls = [], {}
        tools = peers.exec_commands(rig, count)
        for _ in range(rounds):
            own.append(rig.run(rig.martlet_exec(count)).wall)
            for tool, (command, environment) in list(tools.items()):
                try:
                    walls.setdefault(tool, []).append(rig.run(command, env={**rig.environment, **environment}).wall)
                except meter.Failed as failure:
                    results.figure(f"peers.failed.{tool}.{count}", str(failure))
                    del tools[tool]
        # Other rounds than those against the C loop, so another name.
        results.figure(f"exec.peers.{count}.martlet.s", statistics.median(own))
        for tool, several in walls.items():
            results.figure(f"exec.peers.{count}.{tool}.s", statistics.median(several))
        # A tool that does not verify host keys is shown, but is nobody to be compared with.
        fair = {tool: several for tool, several in walls.items() if tool in tools and tool not in peers.UNVERIFIED}
        if not fair:
            results.lacks([name], "no peer could be run")
            continue
        best = min(fair, key=lambda tool: statistics.median(fair[tool]))
        results.ratio(name, pairwise(own, fair[best]), f"best: {best}")
