"""drive.py RIG MARTLET [--quick] [--output FILE]: runs every measurement on a rig that is up, shows and saves the results."""
import argparse
import subprocess
import sys
import traceback

import measure_copy
import measure_exec
import measure_noop
import measure_plan
import measure_roundtrips
import meter
import peers
from limits import LIMITS
from results import Results
from rig import Rig


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rig")
    parser.add_argument("martlet")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--output")
    options = parser.parse_args()
    rig, results = Rig(options.rig, options.martlet), Results()
    has_parts = subprocess.run([options.martlet, "measure", "probes", "--print"], capture_output=True).returncode == 0
    sections = [("exec", lambda: measure_exec.measure(rig, results, options.quick))]
    sections.append(("roundtrips", lambda: measure_roundtrips.measure(rig, results, has_parts)))
    if has_parts:
        sections.append(("plan", lambda: measure_plan.measure(rig, results)))
        if not options.quick:
            sections.append(("noop", lambda: measure_noop.measure(rig, results)))
            sections.append(("copy", lambda: measure_copy.measure(rig, results)))
    failed = [name for name, section in sections if not attempt(name, section, results)]
    explain_missing(results, options.quick, has_parts)
    print(results.table())
    if peers.STATE:
        for name, reason in peers.STATE["missing"].items():
            print(f"peer {name} is not compared: {reason}")
        results.figure("peers", peers.STATE["installed"])
        results.figure("peers.missing", peers.STATE["missing"])
    if options.output:
        results.save(options.output)
    high = results.too_high()
    if high:
        print(f"over the limit: {', '.join(high)}")
    return 1 if failed or (options.quick and high) else 0


def attempt(name, section, results):
    """One part that breaks must not cost the others."""
    print(f"measuring {name}", file=sys.stderr, flush=True)
    try:
        section()
    except (meter.Failed, AssertionError, OSError) as error:
        traceback.print_exc()
        results.lacks([ratio for ratio in LIMITS if ratio.startswith(f"{name}.")], f"the measurement broke: {error}")
        return False
    return True


def explain_missing(results, quick, has_parts):
    results.lacks(["apply.cold.3"], "needs three fresh hosts; not measured by this command")
    results.lacks(["noop.roundtrips"], "needs a running cluster; not measured by this command")
    if not has_parts:
        results.lacks(list(LIMITS), "this martlet has no `measure` command")
    if quick:
        results.lacks([name for name, limit in LIMITS.items() if not limit.gated], "not with --quick")
    if peers.STATE:
        for name, peer in (("noop.ansible.10", "ansible-core"), ("noop.pyinfra.10", "pyinfra")):
            if peer in peers.STATE["missing"]:
                results.lacks([name], peers.STATE["missing"][peer])


sys.exit(main())
