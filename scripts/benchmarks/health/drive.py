"""Measures `martlet health` on clusters of several sizes, then with much broken in the smallest; see benchmark-health-scale."""
import argparse
import json
import pathlib
import signal
import statistics
import subprocess
import sys
import time

import faults
import hollow
import measure
import objects
from api import send, send_all
from control_plane import ControlPlane
from table import Table

ROUNDS = 5
# Beyond so many nodes CPU and memory are shown and have no limit.
LIMITED = 100


def main():
    parser = argparse.ArgumentParser()
    for name in ("work", "bundle", "martlet", "nodes"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--output")
    parser.add_argument("--reports")
    parser.add_argument("--kubemark")
    parser.add_argument("--hollow", type=int, default=100)
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(130))
    sizes = sorted({int(size) for size in options.nodes.split(",")})
    least = faults.NOT_READY + faults.STALE + 25 + objects.CONTROL_PLANES
    if sizes[0] < least:
        sys.exit(f"benchmark-health-scale: at least {least} nodes, so that each fault has nodes of its own")
    table = Table()
    for size in sizes:
        with ControlPlane(pathlib.Path(options.work) / f"plane-{size}", options.bundle) as plane:
            fill(plane, size)
            healthy(plane, size, options, table)
            if size == sizes[0]:
                broken(plane, size, options, table)
    if options.kubemark:
        with ControlPlane(pathlib.Path(options.work) / "plane-hollow", options.bundle) as plane:
            hollow_nodes(plane, options, table)
    print(table.text())
    if options.output:
        table.save(options.output)
    return 1 if table.over() else 0


def fill(plane, size):
    say(f"writing {size} nodes and {size * objects.PODS_PER_NODE} pods through the API")
    began = time.monotonic()
    send_all(plane.authority, [(objects.namespaces,)])
    jobs = [(objects.furniture, size), (objects.services, size), (objects.events, size)]
    for first in range(0, size, 10):
        part = range(first, min(first + 10, size))
        jobs += [(objects.nodes, part), (objects.pods, part)]
    send_all(plane.authority, jobs)
    say(f"written in {time.monotonic() - began:.0f} s")


class Leases:
    """Kubelets' heartbeats, while it is entered."""

    def __init__(self, plane, indexes):
        self.plane = plane
        self.names = [objects.node_name(index) for index in indexes]

    def __enter__(self):
        names = self.plane.folder / "leases.txt"
        names.write_text("\n".join(self.names))
        send_all(self.plane.authority, [(objects.renewals, self.names[part::4]) for part in range(4)])
        self.process = subprocess.Popen([sys.executable, pathlib.Path(__file__).with_name("leases.py"), self.plane.authority, names])
        time.sleep(3)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def healthy(plane, size, options, table):
    say(f"measuring {size} nodes")
    with Leases(plane, range(size)):
        several_runs(plane, str(size), size, options, table)


def hollow_nodes(plane, options, table):
    """The same with kubelets that register, renew leases and write the status of their pods themselves."""
    count = options.hollow
    say(f"starting {count} hollow kubelets")
    send_all(plane.authority, [(objects.namespaces,)])
    send_all(plane.authority, [(objects.furniture, count), (objects.services, count)])
    with hollow.HollowNodes(plane, options.kubemark, count) as kubelets:
        kubelets.wait_for_nodes()
        send_all(plane.authority, [(hollow.pods, [node]) for node in range(count)])
        kubelets.wait_for_pods()
        several_runs(plane, f"hollow-{count}", count, options, table)


def several_runs(plane, label, size, options, table):
    measure.run(plane, options.martlet, "--format", "json")  # the API server's caches, and files of martlet
    runs = [measure.run(plane, options.martlet, "--format", "json") for _ in range(ROUNDS)]
    keep(options, f"healthy-{label}", runs[-1].output, measure.run(plane, options.martlet).output)
    report = json.loads(runs[-1].output)
    problems = sorted({f"{one['status']} {one['id']}" for one in report["findings"] if one["status"] in ("fail", "warn", "unknown")})
    last = runs[-1]
    table.value(f"{label}.lists", max(sum(run.lists.values()) for run in runs), "list calls, without further pages", 15)
    table.value(f"{label}.repeated", max(len(run.repeated) for run in runs), "lists of which a page was asked more than once", 0)
    table.value(f"{label}.pods-lists", max(run.lists.get("/api/v1/pods", 0) for run in runs), "lists of all pods", 1)
    table.value(f"{label}.cpu", statistics.median(run.cpu for run in runs), "s of own CPU, user and system, median", 3 if size <= LIMITED else None)
    table.value(f"{label}.memory", max(run.memory_mb for run in runs), "MB of memory at the peak", 150 if size <= LIMITED else None)
    table.value(f"{label}.wall", statistics.median(run.wall for run in runs), "s of wall, median")
    table.value(f"{label}.pages", last.pages, "further pages of lists")
    table.value(f"{label}.calls", sum(last.lists.values()) + last.pages + last.other, "requests in all, by the API server's audit log")
    table.value(f"{label}.megabytes", report["cost"]["apiBytes"] / 1e6, "MB of answers, by martlet's own report")
    table.value(f"{label}.findings", len(report["findings"]), f"findings; verdict {report['verdict']}: {', '.join(problems) or 'none'}")
    table.note(f"lists of {label} nodes: " + ", ".join(f"{path} {number}" for path, number in sorted(last.lists.items())))
    if last.memory_mb < measure.own_memory_mb():
        table.note(f"the memory of {label} nodes is that of this benchmark itself, martlet needed less")


def broken(plane, size, options, table):
    say(f"breaking {faults.NOT_READY} nodes, {faults.STALE} more leases, {faults.CRASHING} pods and all room for requests")
    send_all(plane.authority, [(faults.calls, size)])
    stale = [objects.node_name(index) for index in faults.stale(size)]
    with Leases(plane, [index for index in range(size) if objects.node_name(index) not in stale]):
        report = json.loads(measure.run(plane, options.martlet, "--format", "json").output)
        text = measure.run(plane, options.martlet).output
    keep(options, f"broken-{size}", json.dumps(report, indent=2), text)
    found = {}
    for one in report["findings"]:
        if one["status"] in ("fail", "warn", "unknown"):
            found.setdefault(one["id"], set()).add(one["subject"])
    expected = {
        "node.ready": {f"node/{objects.node_name(index)}" for index in faults.not_ready(size)},
        "node.lease": {f"node/{name}" for name in stale},
        "workload.crashing": {f"pod/{objects.team(*place)}/{objects.application_name(*place)}" for place in faults.crashing()},
        "capacity.requests": {"resource/cpu"},
    }
    wrong = sum(len(subjects ^ found.get(probe, set())) for probe, subjects in expected.items())
    table.value("broken.wrong", wrong, "subjects that are missing from JSON, or too many, of four kinds of faults", 0)
    table.value("broken.findings", sum(map(len, found.values())), f"subjects of findings that are no pass: {', '.join(sorted(found))}")
    table.value("broken.lines", text.count("\n"), "lines of text for them", 100)
    table.value("broken.columns", max(map(len, text.splitlines())), "columns of the widest line", 80)


def keep(options, name, report, text):
    if options.reports:
        folder = pathlib.Path(options.reports)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(report)
        (folder / f"{name}.txt").write_text(text)


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
