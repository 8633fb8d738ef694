"""One run of `martlet health`: what it used, and what it asked according to the API server."""
import collections
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.parse
from dataclasses import dataclass, field


@dataclass
class Run:
    wall: float
    cpu: float
    memory_mb: float
    status: int
    output: str
    complaints: str
    lists: dict = field(default_factory=dict)
    """By path: lists that were begun."""
    pages: int = 0
    """Further pages of lists."""
    repeated: list = field(default_factory=list)
    """The same page of the same list asked more than once."""
    other: int = 0
    """Requests that are no lists."""


def run(plane, martlet, *words):
    """Exit status 1 is a verdict and no failure; anything above is one."""
    offset = plane.audit.stat().st_size if plane.audit.exists() else 0
    with open(plane.folder / "run.out", "w+b") as out, open(plane.folder / "run.err", "w+b") as complaints:
        began = time.monotonic()
        process = subprocess.Popen([martlet, "health", "--kubeconfig", plane.kubeconfig, *words], stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=complaints, env={"HOME": str(plane.folder), "PATH": os.environ["PATH"]})
        _, status, use = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        complaints.seek(0)
        result = Run(wall, use.ru_utime + use.ru_stime, use.ru_maxrss / 1024, process.returncode, out.read().decode(),
                     complaints.read().decode(errors="replace"))
    if result.status not in (0, 1):
        raise RuntimeError(f"martlet health ended with {result.status}: {result.complaints[-600:]}")
    time.sleep(0.5)  # the API server writes what it answered just after it has
    count(plane.audit, offset, result)
    return result


def count(audit, offset, result):
    lists, pages = collections.Counter(), collections.Counter()
    with open(audit) as log:
        log.seek(offset)
        for line in log:
            event = json.loads(line)
            if event["verb"] != "list":
                result.other += 1
                continue
            target = urllib.parse.urlsplit(event["requestURI"])
            token = dict(urllib.parse.parse_qsl(target.query)).get("continue")
            if token:
                result.pages += 1
            else:
                lists[target.path] += 1
            pages[target.path, token] += 1
    result.lists = dict(lists)
    result.repeated = sorted({path for (path, _), number in pages.items() if number > 1})


def own_memory_mb():
    """The peak of this process, with which the kernel's figure of a child begins."""
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024
