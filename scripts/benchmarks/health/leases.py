"""leases.py AUTHORITY NAMES: renews the leases of nodes, as their kubelets do, until it is ended; NAMES is a file."""
import pathlib
import sys
import threading
import time

from api import send
from objects import renewals

# A kubelet renews every 10 s; a little more often, since all of them hang on one process here.
PERIOD, THREADS = 7, 4


def renew(authority, names):
    while True:
        began = time.monotonic()
        send(authority, renewals(names))
        time.sleep(max(0.0, PERIOD - (time.monotonic() - began)))


names = pathlib.Path(sys.argv[2]).read_text().split()
for part in range(THREADS):
    threading.Thread(target=renew, args=(sys.argv[1], names[part::THREADS]), daemon=True).start()
while all(thread.is_alive() for thread in threading.enumerate()):
    time.sleep(1)
sys.exit("a thread that renews leases ended")
