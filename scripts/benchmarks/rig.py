"""The rig as the drivers see it: its files, and the command lines of martlet and of the C loop."""
import contextlib
import os
import pathlib
import socket
import subprocess
import time

import meter

HERE = pathlib.Path(__file__).resolve().parent


class Rig:
    def __init__(self, folder, martlet):
        self.folder = pathlib.Path(folder)
        self.martlet = str(martlet)
        self.sshd = int((self.folder / "sshd.pid").read_text())
        self.port = int((self.folder / "env").read_text().split("=")[1])
        self.relays = []
        # The program reads ~/.ssh/config of a home of its own: nobody's settings here count.
        self.environment = {**os.environ, "HOME": str(self.folder / "home"), "XDG_CACHE_HOME": str(self.folder / "cache"), "NO_COLOR": "1"}
        self.environment.pop("SSH_AUTH_SOCK", None)

    def run(self, command, **options):
        options.setdefault("env", self.environment)
        return meter.run([str(word) for word in command], self.sshd, cwd=str(self.folder), spare=tuple(self.relays), **options)

    # Command lines

    def targets(self, count):
        return f"@{self.folder}/targets.{count}"

    def hosts(self, count):
        return f"{self.folder}/hosts.{count}"

    def martlet_exec(self, count, command="true"):
        return [self.martlet, "exec", "--target", self.targets(count), "--", command]

    def floor(self, count, *more, port=None):
        return [
            self.folder / "floor", "-p", port or self.port, "-k", self.folder / "client/id", "-K", self.folder / "known_hosts",
            "-H", self.hosts(count), "-j", "64", *more]

    # Relays

    @contextlib.contextmanager
    def relay(self, delay_ms, log=None, target=("127.0.0.1", None)):
        """A relay in front of the rig's sshd; yields its port, which the rig's known hosts then name, too."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        known = self.folder / "known_hosts"
        before = known.read_text()
        known.write_text(before + before.replace(f"]:{self.port} ", f"]:{port} "))
        words = [self.folder / "relay", port, target[0], target[1] or self.port, delay_ms, *([log] if log else [])]
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL)
        self.relays.append(process.pid)
        try:
            wait_for_port(port)
            yield port
        finally:
            process.terminate()
            process.wait()
            self.relays.remove(process.pid)
            known.write_text(before)

    def targets_at(self, port, count):
        """A list of targets that leads through a relay."""
        path = self.folder / f"targets.{count}.{port}"
        path.write_text("".join(f"root@{host}:{port}\n" for host in pathlib.Path(self.hosts(count)).read_text().split()))
        return f"@{path}"

    # Files on the hosts

    @property
    def landing(self):
        """/srv/in as the hosts see it; they all share one file system."""
        return pathlib.Path(f"/proc/{self.sshd}/root/srv/in")

    def clear_landing(self):
        for file in self.landing.iterdir():
            file.unlink()


def wait_for_port(port):
    deadline = time.monotonic() + 5
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
