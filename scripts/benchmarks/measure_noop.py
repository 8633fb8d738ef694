"""noop.*: thirty checks with nothing to change, against the same script in the C loop and against playbook and deploy."""
import statistics

import meter
import peers
from results import pairwise

ROUNDS = 5


def measure(rig, results):
    script = rig.folder / "probes.sh"
    script.write_text(rig.run([rig.martlet, "measure", "probes", "--print"]).output)

    def own(count):
        return [rig.martlet, "measure", "probes", "--target", rig.targets(count)]

    # The shell reads the script from its input in both.
    floor, bare = rig.floor(100, "-c", "sh -s", "-i", script), rig.floor(100, "-c", "true")
    runs = {"martlet": [], "floor": [], "bare": []}
    for _ in range(ROUNDS):
        runs["martlet"].append(rig.run(own(100)))
        runs["floor"].append(rig.run(floor))
        runs["bare"].append(rig.run(bare))
    results.ratio("noop.floor.100", pairwise([r.wall for r in runs["martlet"]], [r.wall for r in runs["floor"]]))
    # From the C loop, which waits for the shell's end. martlet closes its connection while the shell is there; sshd then
    # ends without having reaped it, and what the script cost would be missing from the server's account.
    above = [(a.server - b.server) * 1e3 / 100 for a, b in zip(runs["floor"], runs["bare"])]
    assert min(above) > 0, f"thirty checks cannot cost less than none: {above}"
    results.ratio("noop.hostcpu", statistics.median(above) / 20)
    results.figure("noop.hostcpu.ms", statistics.median(above))
    for name, several in runs.items():
        results.figure(f"noop.wall.100.{name}.s", statistics.median(r.wall for r in several))
        results.figure(f"noop.cpu.100.{name}.s", statistics.median(r.cpu for r in several))
    against_peers(rig, results, own(10))


def against_peers(rig, results, command):
    """The playbook takes a minute: one run each, the ratios are a hundred times off the noise."""
    own = statistics.median(rig.run(command).wall for _ in range(ROUNDS))
    results.figure("noop.wall.10.martlet.s", own)
    for tool, (command, environment) in peers.noop_commands(rig, 10).items():
        try:
            wall = rig.run(command, env={**rig.environment, **environment}, timeout=400).wall
        except meter.Failed as failure:
            results.lacks([f"noop.{tool}.10"], str(failure))
            continue
        results.figure(f"noop.wall.10.{tool}.s", wall)
        results.ratio(f"noop.{tool}.10", own / wall)
