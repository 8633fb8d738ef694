"""Local hosts for what needs a cluster: made by martlet, destroyed whatever happens."""
import contextlib
import os
import pathlib
import re

import meter

NAME = "test-bench"


class Fleet:
    """A fleet that is up: its spec, its hosts, and a home for the programs that are run against it."""

    def __init__(self, rig, spec, keepers):
        self.rig, self.spec, self.keepers = rig, spec, keepers
        text = spec.read_text()
        self.hosts = dict(re.findall(r"- name: (\S+)\n\s+address: (\S+)", text))
        self.identity = setting(text, "identityFile")
        self.known_hosts = setting(text, "knownHostsFile")
        self.home = rig.folder / "fleet-home"
        (self.home / ".ssh").mkdir(parents=True, exist_ok=True)
        (self.home / ".ssh/config").write_text("")

    def run(self, command, timeout=900):
        """With a home of its own: nobody's settings count."""
        return meter.run(
            [str(word) for word in command], env={**self.rig.environment, "HOME": str(self.home)}, cwd=str(self.rig.folder),
            timeout=timeout, spare=(*self.rig.relays, *self.keepers))

    def reach_through(self, ports):
        """The settings and the spec by which martlet reaches each host at a port of this machine instead."""
        (self.home / ".ssh/config").write_text("".join(
            f"Host {address}\n  HostName 127.0.0.1\n  Port {ports[name]}\n" for name, address in self.hosts.items()))
        known = self.rig.folder / "fleet.known_hosts"
        # A line is `NAME,ADDRESS TYPE KEY`, one for each of a host's keys.
        lines = [re.match(r"([^,\s]+)\S* (.*)", line) for line in pathlib.Path(self.known_hosts).read_text().splitlines()]
        known.write_text("".join(f"[127.0.0.1]:{ports[line[1]]} {line[2]}\n" for line in lines))
        spec = self.rig.folder / "fleet.relayed.yaml"
        spec.write_text(self.spec.read_text().replace(self.known_hosts, str(known)))
        return spec


def setting(text, name):
    return re.search(rf"^\s+{name}: \"?([^\"\n]+)", text, re.MULTILINE)[1]


@contextlib.contextmanager
def up(rig, bundle):
    """One control plane and two workers, freshly booted. What is cached between fleets stays where the user has it."""
    spec = rig.folder / "fleet.yaml"
    spec.unlink(missing_ok=True)
    # For fleet-down, should this program be killed.
    (rig.folder / "fleet").write_text(f"{rig.martlet}\n{NAME}\n")
    try:
        meter.run(
            [rig.martlet, "hosts", "create", "--name", NAME, "--control-planes", "1", "--workers", "2", "--bundle", str(bundle),
             "--spec", str(spec)], timeout=600, leaves=True)
        # The processes of the hosts, whose parent has ended: this program is theirs now, and must not take them for helpers.
        keepers = [pid for pid in meter.children(os.getpid()) if pid not in rig.relays]
        yield Fleet(rig, spec, keepers)
    finally:
        meter.run([rig.martlet, "hosts", "destroy", NAME, "--yes"], timeout=300, spare=tuple(rig.relays))
        (rig.folder / "fleet").unlink()
