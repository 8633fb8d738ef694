# What `martlet framework assess` asks: one line, "host", "write WORD", "read", "sleep MILLISECONDS" or "log WORD".
import json
import os
import socket
import time


def work(text):
    order, _, word = text.strip().partition(" ")
    state = ""
    if order == "write":
        state = word
        with open("/tmp/martlet-state", "w") as file:
            file.write(word)
    elif order == "read" and os.path.exists("/tmp/martlet-state"):
        with open("/tmp/martlet-state") as file:
            state = file.read()
    elif order == "sleep":
        time.sleep(int(word) / 1000)
    elif order == "log":
        print(word, flush=True)
    return {"instance": socket.gethostname(), "state": state}


def handler(event, context):
    data = event["data"]
    # Kubeless' own server hands bytes over.
    return work(data.decode() if isinstance(data, bytes) else str(data))
