"""A small client of the API, and many calls in several processes."""
import http.client
import json
import multiprocessing
import signal
import ssl

from control_plane import ADDRESS, FILLER, PORT

MERGE = "application/merge-patch+json"


class API:
    def __init__(self, authority):
        self.context = ssl.create_default_context(cafile=authority)
        self.connection = None

    def call(self, method, path, body=None, kind="application/json"):
        headers = {"Authorization": f"Bearer {FILLER}-token", "Content-Type": kind}
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(ADDRESS, PORT, context=self.context, timeout=60)
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:400].decode(errors='replace')}")
        return json.loads(content)


def send(authority, calls):
    """Sends calls (tuples for `API.call`) one after another."""
    api = API(authority)
    for call in calls:
        api.call(*call)


def send_all(authority, jobs, processes=4):
    """Each job is a function and its arguments that give calls; jobs run side by side in processes of their own, so that this one
    stays small (a child's peak memory, as the kernel counts it, begins with that of its parent)."""
    with multiprocessing.Pool(processes, default_signals) as pool:
        for done in [pool.apply_async(run_job, (authority, job, arguments)) for job, *arguments in jobs]:
            done.get()


def default_signals():
    """A pool ends its processes with SIGTERM; the handler of the parent could leave one waiting for a lock."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def run_job(authority, job, arguments):
    send(authority, job(*arguments))
