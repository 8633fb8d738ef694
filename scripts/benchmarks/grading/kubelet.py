"""A double of a kubelet and of the controller of stateful sets: databases that answer, and pods that come again.

The kubelet's side of `exec` is that of a WebSocket with the protocol v4.channel.k8s.io: frames whose first byte is the channel (1 standard
output, 3 the status in the end), as k8s.io/apimachinery/pkg/util/remotecommand describes them.
"""
import base64
import hashlib
import http.server
import json
import ssl
import threading
import time
import urllib.parse

import classroom
from api import API

# What the databases of the class answer, by the beginning of the question.
ANSWERS = [
    ("select data_type", "data_type\nint\n"),
    ("select count(*) from survivors", "count(*)\n1\n"),
]
# A database needs a while to start.
STARTS_AFTER = 2


class Kubelet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Protocol", "v4.channel.k8s.io"),
                            ("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())):
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        command = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["command"]
        query = command[5] if len(command) > 5 else ""
        answer = next((text for start, text in ANSWERS if query.startswith(start)), "")
        if answer:
            self.frame(b"\x01" + answer.encode())
        self.frame(b"\x03" + json.dumps({"status": "Success"}).encode())

    def frame(self, payload):
        length = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
        self.wfile.write(b"\x82" + length + payload)
        self.wfile.flush()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def serve(address, certificate, key):
    """Begins to serve, and gives the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Server((address, 0), Kubelet)
    # The handshake belongs to the thread of the connection, not to the one that takes connections.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def control(authority):
    """Makes pods of databases anew that are told to go; runs for ever."""
    caller = API(authority)
    starting = []
    while True:
        gone = [item["metadata"]["namespace"] for item in caller.call("GET", "/api/v1/pods?limit=5000")["items"]
                if item["metadata"].get("deletionTimestamp")]
        for name in gone:
            caller.call("DELETE", f"/api/v1/namespaces/{name}/pods/mysql-0?gracePeriodSeconds=0")
            caller.call("POST", f"/api/v1/namespaces/{name}/pods", classroom.pod(name))
            starting.append((time.monotonic() + STARTS_AFTER, name))
        while starting and starting[0][0] <= time.monotonic():
            name = starting.pop(0)[1]
            caller.call("PATCH", f"/api/v1/namespaces/{name}/pods/mysql-0/status", classroom.pod_status(), classroom.MERGE)
        time.sleep(0.2)
