"""Every ratio: its limit, what is divided by what, and whether it decides about the exit status.

Gated is what is counted, or client CPU over the CPU of a C program in the same rounds; wall clocks of a shared machine are
reported only.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    limit: float
    meaning: str
    gated: bool = False
    # Needs a cluster of local hosts, which takes minutes.
    cluster: bool = False


LIMITS = {
    "exec.cpu.slope": Limit(1.25, "client CPU per added host / C loop", True),
    "exec.cpu.500": Limit(1.4, "client CPU of the whole run on 500 hosts / C loop", True),
    "exec.wall.500": Limit(1.05, "wall on 500 hosts / C loop"),
    "exec.peer.500": Limit(1.0, "wall on 500 hosts / best peer"),
    "exec.wall.10": Limit(0.6, "wall on 10 hosts / best peer"),
    "exec.one": Limit(0.25, "wall on one host / ssh as installed"),
    "exec.start": Limit(1.0, "CPU of --version / 30 ms"),
    "exec.memory": Limit(1.0, "peak memory / (25 MB + 60 kB for each of 64 connections)"),
    "exec.delay.100": Limit(1.1, "wall on 100 hosts at a round trip of 20 ms / C loop"),
    "roundtrips.first": Limit(1.0, "round trips of a connection with its first batch, TCP included / 8", True),
    "roundtrips.batch": Limit(1.0, "round trips of each further batch / 1", True),
    "noop.roundtrips": Limit(1.0, "round trips per host after authentication in an apply that changes nothing / 2", cluster=True),
    "noop.floor.100": Limit(1.15, "wall of 30 checks on 100 hosts / C loop with the same script"),
    "noop.ansible.10": Limit(0.01, "wall of 30 checks on 10 hosts / Ansible playbook"),
    "noop.pyinfra.10": Limit(0.1, "wall of 30 checks on 10 hosts / pyinfra deploy"),
    "noop.hostcpu": Limit(1.0, "host CPU of martlet's script of 30 checks, run by the C loop, above the bare connection / 20 ms"),
    "copy.scp.1": Limit(1.0, "wall of 100 MB to 1 host, checked / scp with default ciphers"),
    "copy.scp.10": Limit(0.9, "wall of 100 MB to 10 hosts, checked / scp with default ciphers"),
    "copy.cpu": Limit(1.1, "client CPU of 100 MB to 10 hosts, all sent from here / C loop"),
    "copy.same": Limit(1.0, "bytes sent for a file that is there already, above a bare connection / 4 KB", True),
    "plan.5000": Limit(1.0, "CPU seconds to read, validate and plan 5,000 hosts / 1"),
    "plan.growth": Limit(1.2, "CPU for 5,000 hosts / 10 times that for 500", True),
    "plan.memory": Limit(1.0, "peak memory for 5,000 hosts / 250 MB", True),
    "apply.cold.3": Limit(1.15, "cold apply of 3 hosts / the same commands by hand along the critical path", cluster=True),
}
