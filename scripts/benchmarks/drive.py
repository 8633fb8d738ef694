"""drive.py RIG MARTLET [options]: runs the measurements on a rig that is up, shows and saves the results."""
import argparse
import signal
import subprocess
import sys
import traceback

import measure_cluster
import measure_copy
import measure_exec
import measure_noop
import measure_plan
import measure_roundtrips
import peers
from limits import LIMITS
from results import Results
from rig import Rig


SECTIONS = ("exec", "roundtrips", "plan", "noop", "copy", "cluster")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rig")
    parser.add_argument("martlet")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--bundle")
    parser.add_argument("--output")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    rig, results = Rig(options.rig, options.martlet), Results()
    has_parts = subprocess.run([options.martlet, "measure", "probes", "--print"], capture_output=True).returncode == 0
    chosen = options.only.split(",")
    # Each with the ratios that it gives.
    sections = [
        ("exec", ("exec.",), lambda: measure_exec.measure(rig, results, options.quick)),
        ("roundtrips", ("roundtrips.", "copy.same"), lambda: measure_roundtrips.measure(rig, results, has_parts)),
    ]
    if has_parts:
        sections.append(("plan", ("plan.",), lambda: measure_plan.measure(rig, results)))
        if not options.quick:
            sections.append(("noop", ("noop.",), lambda: measure_noop.measure(rig, results)))
            sections.append(("copy", ("copy.",), lambda: measure_copy.measure(rig, results)))
            if options.bundle:
                ratios = ("noop.roundtrips", "apply.")
                sections.append(("cluster", ratios, lambda: measure_cluster.measure(rig, results, options.bundle)))
    failed = [
        name for name, ratios, section in sections
        if name in chosen and not attempt(name, ratios, section, results)]
    explain_missing(results, options, has_parts)
    print(results.table())
    if options.quick:
        print(f"not measured in --quick: {', '.join(name for name in LIMITS if name not in results.ratios)}")
    if peers.STATE:
        for name, reason in peers.STATE["missing"].items():
            print(f"peer {name} is not compared: {reason}")
        results.figure("peers", peers.STATE["installed"])
        results.figure("peers.missing", peers.STATE["missing"])
    if options.output:
        results.save(options.output)
    high = results.too_high(only_gated=options.quick)
    if high:
        print(f"over the limit: {', '.join(high)}")
    return 1 if failed or (options.quick and high) else 0


def interrupted(number, frame):
    """Once: what has to be taken down on the way out is not interrupted again."""
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    sys.exit(130)


def attempt(name, ratios, section, results):
    """One part that breaks must not cost the others."""
    print(f"measuring {name}", file=sys.stderr, flush=True)
    try:
        section()
    except Exception as error:
        traceback.print_exc()
        results.lacks([ratio for ratio in LIMITS if ratio.startswith(ratios)], f"the measurement broke: {error}")
        return False
    return True


def explain_missing(results, options, has_parts):
    """The first reason that is given for a ratio stays."""
    if not has_parts:
        results.lacks(list(LIMITS), "this martlet has no `measure` command")
    if options.quick:
        results.lacks([name for name, limit in LIMITS.items() if limit.cluster], "needs a cluster; not with --quick")
        results.lacks([name for name, limit in LIMITS.items() if not limit.gated], "not with --quick")
    if peers.STATE:
        for name, peer in (("noop.ansible.10", "ansible-core"), ("noop.pyinfra.10", "pyinfra")):
            if peer in peers.STATE["missing"]:
                results.lacks([name], peers.STATE["missing"][peer])
    if not options.bundle:
        results.lacks([name for name, limit in LIMITS.items() if limit.cluster], "needs a cluster, and there is no bundle")
    results.lacks(list(LIMITS), "left out")


sys.exit(main())
