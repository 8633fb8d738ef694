"""Whole-process measurement of commands that talk to the rig's sshd.

Of each run: wall seconds; user and system CPU of the command and all that it started (helpers that outlive it, such as
OpenSSH's ControlPersist masters, are adopted, ended by id and counted); memory of its largest process; CPU of the server's
side (the listener and all sessions that it reaped).
"""
import ctypes
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
TICK = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A command that did not end with 0; the text is the end of what it said."""


@dataclass
class Run:
    wall: float
    cpu: float
    memory_mb: float
    server: float
    output: str


def reaped_cpu(pid):
    """CPU seconds of a process and of its children that ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICK


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            found += map(int, pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    except OSError:
        pass
    return found


def descendants(pid):
    found, todo = [], [pid]
    while todo:
        for child in children(todo.pop()):
            found.append(child)
            todo.append(child)
    return found


def end(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def run(command, sshd=None, env=None, cwd=None, timeout=300, spare=(), leaves=False):
    """Runs a command (list of words). `spare`: own children, such as relays, that are no helpers of the command.

    With `leaves` what outlives the command is what it was run for, and stays. Interrupted, the command is ended at once.
    """
    before = reaped_cpu(sshd) if sshd else 0.0
    with tempfile.TemporaryFile() as log:
        began = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=env, cwd=cwd, start_new_session=True)
        alarm = threading.Timer(timeout, lambda: end([process.pid, *descendants(process.pid)], signal.SIGKILL))
        alarm.start()
        try:
            _, status, use = os.wait4(process.pid, 0)
        except BaseException:
            end([process.pid, *descendants(process.pid)], signal.SIGKILL)
            process.wait()
            raise
        finally:
            alarm.cancel()
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu, largest = use.ru_utime + use.ru_stime, use.ru_maxrss
        more, largest_more = (0.0, 0) if leaves else collect_helpers(spare)
        log.seek(0)
        output = log.read().decode(errors="replace")
    if process.returncode != 0:
        raise Failed(f"{command[0]} ended with {process.returncode}: {output[-400:].strip()}")
    if sshd:
        wait_for_sessions(sshd)
    server = reaped_cpu(sshd) - before if sshd else 0.0
    return Run(wall, cpu + more, max(largest, largest_more) / 1024, server, output)


def collect_helpers(spare):
    """Ends what outlived the command and was adopted; its CPU seconds and largest memory in kB."""
    cpu, largest = 0.0, 0
    deadline = time.monotonic() + 10
    while left := [pid for pid in children(os.getpid()) if pid not in spare]:
        end(left, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
        for pid in left:
            try:
                done, _, use = os.wait4(pid, os.WNOHANG)
            except ChildProcessError:
                continue
            if done:
                cpu += use.ru_utime + use.ru_stime
                largest = max(largest, use.ru_maxrss)
        time.sleep(0.01)
    return cpu, largest


def wait_for_sessions(sshd):
    """The server's CPU is complete only when all sessions were reaped."""
    deadline = time.monotonic() + 5
    while children(sshd) and time.monotonic() < deadline:
        time.sleep(0.02)
