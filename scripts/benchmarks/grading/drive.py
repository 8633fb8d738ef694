"""Measures `martlet lab grade` for a class; see benchmark-lab-grading."""
import argparse
import json
import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "health"))

import classroom
import kubelet
from api import send, send_all
from control_plane import ADDRESS, ControlPlane
from table import Table

SECONDS, MEGABYTES = 60, 300
LINT_MILLISECONDS, CHECK_MILLISECONDS = 100, 50
LINTS = 20


def main():
    parser = argparse.ArgumentParser()
    for name in ("work", "bundle", "martlet"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--learners", type=int, required=True)
    parser.add_argument("--parallel", type=int)
    parser.add_argument("--output")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(130))
    lint_time, labs = lint(options.martlet)
    with ControlPlane(pathlib.Path(options.work) / "plane", options.bundle) as plane:
        prepare(plane, options.learners)
        controller = multiprocessing.Process(target=kubelet.control, args=(plane.authority,), daemon=True)
        controller.start()
        wall, own, memory, grades = grade(plane, options)
        controller.kill()
    table = Table()
    checks = sum(len(learner["checks"]) for learner in grades["learners"])
    table.value("lint, ms", lint_time, f"reading and judging all {labs} labs, the whole program, best of {LINTS}",
                LINT_MILLISECONDS)
    table.value("check, ms", own / max(1, checks) * 1000, f"martlet's own CPU for each of {checks} checks while it grades",
                CHECK_MILLISECONDS)
    table.value("seconds", wall, f"grading {options.learners} learners of E12", SECONDS)
    table.value("memory, MB", memory, "the most that martlet had", MEGABYTES)
    table.value("grades in doubt", surprises(grades, options.learners), "grades that are not what they should be", 0)
    print(table.text())
    if options.output:
        table.save(options.output)
    sys.exit(1 if table.over() else 0)


def lint(martlet):
    """Wall time in milliseconds, the best of several since the machine has other things to do, and how many labs there are."""
    times = []
    for _ in range(LINTS):
        began = time.monotonic()
        answer = subprocess.run([martlet, "lab", "lint", "--all", "--format", "json"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, check=False)
        times.append((time.monotonic() - began) * 1000)
        if answer.returncode != 0:
            sys.exit(f"benchmark-lab-grading: lab lint ended with {answer.returncode}")
    return min(times), json.loads(answer.stdout)["labs"]


def prepare(plane, learners):
    port = kubelet.serve(ADDRESS, plane.folder / "server.pem", plane.folder / "server.key")
    send(plane.authority, classroom.node(ADDRESS, port))
    made = [number for number in range(learners) if classroom.expected(number, learners) != "lost"]
    send_all(plane.authority, [
        (classroom.learner, number, classroom.expected(number, learners)) for number in made])
    roster = {"learners": [{"name": f"learner-{number}", "namespace": classroom.namespace(number)} for number in range(learners)]}
    (plane.folder / "roster.yaml").write_text(json.dumps(roster))


def grade(plane, options):
    words = [options.martlet, "lab", "grade", "E12", "--roster", str(plane.folder / "roster.yaml"), "--kubeconfig",
             str(plane.kubeconfig), "--format", "json"]
    if options.parallel:
        words += ["--parallel", str(options.parallel)]
    environment = {"HOME": str(plane.folder), "PATH": os.environ["PATH"], "MARTLET_ASSETS": os.environ["MARTLET_ASSETS"]}
    with open(plane.folder / "grades.json", "w+b") as out:
        began = time.monotonic()
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, cwd=plane.folder, env=environment)
        _, status, use = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode not in (0, 1):
        sys.exit(f"benchmark-lab-grading: martlet ended with {process.returncode}")
    return wall, use.ru_utime + use.ru_stime, use.ru_maxrss / 1024, json.loads(text)


def surprises(answer, learners):
    by_name = {learner["name"]: learner for learner in answer["learners"]}
    wrong = 0
    for number in range(learners):
        found = by_name.get(f"learner-{number}", {})
        goals = {"done": "pass", "forgot": "fail", "idle": "fail", "lost": "error"}[classroom.expected(number, learners)]
        if found.get("goals") != goals or (goals == "pass" and found.get("result") != "pass"):
            wrong += 1
            if wrong <= 3:
                open_checks = [(check["id"], check["result"], check["observed"]) for check in found.get("checks", [])
                               if check["result"] != "pass"]
                print(f"learner-{number} should have {goals}: {found.get('problem')} {open_checks}", file=sys.stderr)
    return wrong


if __name__ == "__main__":
    main()
