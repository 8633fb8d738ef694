"""Calls handler(event, context) for every request: a server for functions from source.

FUNC_PORT (or PORT), MOD_NAME, FUNC_HANDLER, FUNC_TIMEOUT, FUNC_RUNTIME, FUNC_MEMORY_LIMIT say what is served. /healthz answers OK,
/metrics what was counted. A function that takes longer than its time is answered with 408, one that raises with 500.
Standard library only.
"""

import importlib
import json
import os
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, TimeoutError as Late
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), "/packages"]
port = int(os.environ.get("FUNC_PORT") or os.environ.get("PORT") or "8080")
limit = float(os.environ.get("FUNC_TIMEOUT", "180"))
function = getattr(importlib.import_module(os.environ["MOD_NAME"]), os.environ["FUNC_HANDLER"])
context = {
    "function-name": os.environ.get("FUNC_NAME") or function.__name__,
    "timeout": limit,
    "runtime": os.environ.get("FUNC_RUNTIME", ""),
    "memory-limit": os.environ.get("FUNC_MEMORY_LIMIT", ""),
}
pool = ThreadPoolExecutor(max_workers=int(os.environ.get("FUNC_THREADS", "32")))
bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
lock = threading.Lock()
calls, failures, seconds, buckets = {}, {}, {}, {}


def count(method, took, failed):
    with lock:
        calls[method] = calls.get(method, 0) + 1
        failures[method] = failures.get(method, 0) + (1 if failed else 0)
        seconds[method] = seconds.get(method, 0.0) + took
        row = buckets.setdefault(method, [0] * len(bounds))
        for index, bound in enumerate(bounds):
            if took <= bound:
                row[index] += 1


def metrics():
    lines = []
    with lock:
        for name, kind, values in (
            ("function_calls_total", "counter", calls),
            ("function_failures_total", "counter", failures),
        ):
            lines.append("# TYPE %s %s" % (name, kind))
            lines += ['%s{method="%s"} %d' % (name, method, values[method]) for method in sorted(values)]
        lines.append("# TYPE function_duration_seconds histogram")
        for method in sorted(calls):
            for bound, total in zip(bounds, buckets[method]):
                lines.append('function_duration_seconds_bucket{method="%s",le="%s"} %d' % (method, bound, total))
            lines.append('function_duration_seconds_bucket{method="%s",le="+Inf"} %d' % (method, calls[method]))
            lines.append('function_duration_seconds_sum{method="%s"} %f' % (method, seconds[method]))
            lines.append('function_duration_seconds_count{method="%s"} %d' % (method, calls[method]))
    return "\n".join(lines) + "\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body are two writes: the second would wait for the other side's delayed acknowledgement of the first, 40 ms.
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, kind="text/plain; charset=utf-8"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def serve(self):
        if self.path == "/healthz":
            return self.answer(200, b"OK")
        if self.path == "/metrics":
            return self.answer(200, metrics().encode(), "text/plain; version=0.0.4")
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if (self.headers.get("Content-Type") or "").split(";")[0].strip() == "application/json":
            try:
                data = json.loads(data or b"null")
            except ValueError:
                return self.answer(400, b"the body is not JSON\n")
        else:
            data = data.decode("utf-8", "replace")
        event = {name: self.headers.get(name) for name in ("event-id", "event-type", "event-time", "event-namespace")}
        event["data"] = data
        event["extensions"] = {
            "request": {"method": self.command, "path": self.path, "headers": dict(self.headers.items())}
        }
        start = time.monotonic()
        try:
            result = pool.submit(function, event, context).result(timeout=limit)
        except Late:
            count(self.command, time.monotonic() - start, True)
            return self.answer(408, b"the function took longer than its timeout\n")
        except Exception:
            count(self.command, time.monotonic() - start, True)
            traceback.print_exc()
            return self.answer(500, b"the function failed; its log says why\n")
        count(self.command, time.monotonic() - start, False)
        if isinstance(result, bytes):
            return self.answer(200, result, "application/octet-stream")
        if isinstance(result, str):
            return self.answer(200, result.encode())
        if result is None:
            return self.answer(200, b"")
        return self.answer(200, json.dumps(result).encode(), "application/json")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


if __name__ == "__main__":
    import signal

    server = Server(("", port), Handler)
    # Finish what is under way, take nothing new.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    pool.shutdown(wait=True)
