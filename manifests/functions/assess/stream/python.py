# What `martlet framework assess` asks: one line, "host", "write WORD", "read", "sleep MILLISECONDS" or "log WORD".
import json
import socket
import sys
import time

order, _, word = sys.stdin.read().strip().partition(" ")
state = ""
if order == "write":
    state = word
    open("/tmp/martlet-state", "w").write(word)
elif order == "read":
    try:
        state = open("/tmp/martlet-state").read()
    except OSError:
        pass
elif order == "sleep":
    time.sleep(int(word) / 1000)
elif order == "log":
    print(word, file=sys.stderr)
print(json.dumps({"instance": socket.gethostname(), "state": state}))
