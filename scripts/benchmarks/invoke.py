"""What `martlet function invoke` costs beside the HTTP call itself."""

import http.server
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

LIMIT = 5.0


class Gateway(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def mark(data):
    """FNV-1a (Sources/Commands/Shared/FileMark.swift)."""
    number = 0xCBF29CE484222325
    for byte in data:
        number = (number ^ byte) * 0x100000001B3 % 2**64
    return f"{number:x}"


def remember(cache, kubeconfig, url):
    """Writes the way as the first call does (Sources/Commands/Functions/WayMemory.swift)."""
    with open(kubeconfig, "rb") as file:
        content = file.read()
    cluster = f"kubeconfig  {kubeconfig} {len(content)} {mark(content)}"
    identity = "\n".join([cluster, "", "", "", ""])
    os.makedirs(f"{cache}/martlet/ways")
    way = {
        "framework": "openfaas", "adapter": "openfaas", "namespace": "openfaas-fn", "core": "openfaas",
        "door": {"way": {"direct": {"url": url}}, "isInsecure": False}, "time": time.time(),
    }
    with open(f"{cache}/martlet/ways/{mark(identity.encode())}.json", "w") as file:
        json.dump({"hello": way}, file)


def plain(port):
    start = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST /function/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nEva")
        while connection.recv(65536):
            pass
    return (time.perf_counter() - start) * 1000


def used():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (children.ru_utime + children.ru_stime) * 1000


def program(words, environment, expected=None):
    """Milliseconds by the clock and of the processor, and what it said."""
    start, before = time.perf_counter(), used()
    run = subprocess.run(words, env=environment, capture_output=True, check=False)
    took = ((time.perf_counter() - start) * 1000, used() - before)
    if run.returncode != 0 or (expected is not None and run.stdout != expected):
        sys.exit(f"{' '.join(words)}: status {run.returncode}: {run.stdout!r} {run.stderr.decode()[-400:]}")
    return took, run.stderr.decode()


def row(name, values, processor=()):
    values = sorted(values)
    cpu = f"{statistics.median(processor):7.2f} ms" if processor else ""
    print(f"{name:46} {statistics.median(values):7.2f} ms  {values[int(len(values) * 0.95)]:7.2f} ms  {cpu}")


def main():
    martlet, runs = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    if not os.access(martlet, os.X_OK):
        sys.exit(f"there is no program at {martlet}: swift build -c release --static-swift-stdlib --product martlet")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder:
        # Never parsed; its content says whose the way is. As large as one with some clusters.
        kubeconfig = folder + "/config"
        with open(kubeconfig, "w") as file:
            file.write("# a kubeconfig of some clusters\n" * 640)
        remember(folder + "/cache", kubeconfig, url)
        environment = dict(os.environ, XDG_CACHE_HOME=folder + "/cache", NO_PROXY="127.0.0.1")
        invoke = [martlet, "function", "invoke", "hello", "--data", "Eva", "--kubeconfig", kubeconfig]
        columns = {"socket": [], "curl": [], "start": [], "whole": [], "before": [], "http": []}
        processor = {"curl": [], "start": [], "whole": []}

        def measure(name, words, expected=None):
            clock, cpu = program(words, environment, expected)[0]
            columns[name].append(clock)
            processor[name].append(cpu)

        program(invoke, environment, b"Eva")
        curl = shutil.which("curl")
        for _ in range(runs):
            columns["socket"].append(plain(server.server_port))
            if curl:
                measure("curl", [curl, "-s", "--data", "Eva", url + "/function/hello"], b"Eva")
            measure("start", [martlet, "function", "--help"])
            measure("whole", invoke, b"Eva")
            said = program(invoke + ["--verbose"], environment, b"Eva")[1]
            found = re.search(r"HTTP ([0-9.]+) ms, martlet before it ([0-9.]+) ms", said)
            columns["http"].append(float(found[1]))
            columns["before"].append(float(found[2]))
    print(f"{runs} calls of a function on loopback{'':12} {'median':>10}  {'95 of 100':>10}  {'processor':>10}")
    row("the request over a plain socket", columns["socket"])
    if curl:
        row("curl, the whole program", columns["curl"], processor["curl"])
    row("martlet function --help, the whole program", columns["start"], processor["start"])
    row("martlet function invoke, the whole program", columns["whole"], processor["whole"])
    row("  of it: before the request", columns["before"])
    row("  of it: the request", columns["http"])
    own = statistics.median(columns["before"])
    added = statistics.median(columns["whole"]) - statistics.median(columns["socket"])
    print(f"martlet's own part: {own:.2f} ms (under {LIMIT:.0f} ms); start and end of the program, too: {added:.2f} ms")
    more = 0.0
    if curl:
        # Of the processor: by the clock, whatever else this machine does is in it.
        more = statistics.median(processor["whole"]) - statistics.median(processor["curl"])
        print(f"beside curl it takes {more:.2f} ms more of the processor (under {LIMIT:.0f} ms)")
    sys.exit(0 if own < LIMIT and more < LIMIT else 1)


main()
