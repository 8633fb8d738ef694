internal import Diagnostics
internal import Foundation
package import KubernetesAPI
internal import TestSupport
internal import WebClient

/// etcd and kube-apiserver out of a bundle's images, on loopback: one pair for all suites of a process.
///
/// Another process unpacks, starts and ends them, as long as this one lives: nothing is left behind however the tests end. It
/// also plays the kubelet of a node, for exec and logs.
package final class ControlPlane: Sendable {
    package static let bundle = ProcessInfo.processInfo.environment["MARTLET_TEST_BUNDLE"]

    /// The only one; made when it is first asked for, since that takes seconds.
    private static let only = Task { try await onOwnThread { try ControlPlane() } }

    /// Its kube-controller-manager, with the controllers of workloads and namespaces.
    private static let controllers = Task {
        let program = try await shared().program
        return try await onOwnThread { try program.ask("controllers", answer: 1) }
    }

    package static func shared() async throws -> ControlPlane { try await only.value }

    package let folder: String
    package let server: String
    package let etcd: String
    private let program: PythonServer

    private init() throws {
        program = try PythonServer(Self.script, [Self.bundle ?? ""], seconds: 120)
        let words = program.greeting
        guard words.count == 4, words[0] == "ready" else { throw Failure(words.joined(separator: " ")) }
        folder = words[1]
        server = "https://127.0.0.1:\(words[2])"
        etcd = "http://127.0.0.1:\(words[3])"
    }

    /// Starts kube-controller-manager, unless it runs: most tests want an API server that does nothing by itself.
    package func startControllers() async throws { _ = try await Self.controllers.value }

    package var authority: String { "\(folder)/ca.pem" }

    package func access(token: String? = "admin-token") -> KubernetesAccess {
        KubernetesAccess(
            server: server, trust: .file(authority), token: token.map { .value(Secret($0)) }, proxy: .none)
    }

    package func client(token: String? = "admin-token", timeouts: KubernetesTimeouts = KubernetesTimeouts())
        -> KubernetesClient
    {
        KubernetesClient(access(token: token), timeouts: timeouts)
    }

    /// Makes etcd forget everything before now.
    package func compact() async throws {
        let web = WebClient(WebSettings(proxy: .none))
        func call(_ path: String, _ body: String) async throws -> String {
            try await web.send(WebRequest(.post, etcd + path, body: Array(body.utf8))).text
        }
        let range = try await call("/v3/kv/range", #"{"key":"AA=="}"#)
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(range.utf8))
        let revision = value["header"]?["revision"]?.string ?? ""
        _ = try await call("/v3/kv/compaction", #"{"revision":"\#(revision)","physical":true}"#)
    }

    private static let script = #"""
        import base64, ctypes, hashlib, http.server, json, os, shutil, signal, socket, ssl, subprocess, sys, tarfile
        import tempfile, threading, time, urllib.request
        bundle = sys.argv[1]
        prctl = ctypes.CDLL(None).prctl
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
        folder = tempfile.mkdtemp(prefix="martlet-api-")
        children = []
        def free():
            s = socket.socket(); s.bind(("127.0.0.1", 0)); p = s.getsockname()[1]; s.close(); return p
        def unpack(image, name):
            with tarfile.open("%s/images/%s.tar" % (bundle, image)) as outer:
                manifest = json.load(outer.extractfile("manifest.json"))
                for layer in reversed(manifest[0]["Layers"]):
                    with tarfile.open(fileobj=outer.extractfile(layer)) as inner:
                        for m in inner:
                            if m.isfile() and os.path.basename(m.name) == name and "bin/" in m.name:
                                with open(folder + "/" + name, "wb") as f: shutil.copyfileobj(inner.extractfile(m), f)
                                os.chmod(folder + "/" + name, 0o755)
                                return
            raise Exception("no %s in %s" % (name, image))
        def openssl(*a):
            subprocess.run(("openssl",) + a, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        def certificate(name, subject, alternative, days="2"):
            new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
            openssl("req", "-x509", "-CA", "ca.pem", "-CAkey", "ca.key", *new, "-days", days, "-subj", subject, "-addext",
                "subjectAltName=" + alternative, "-addext", "basicConstraints=critical,CA:FALSE", "-keyout",
                name + ".key", "-out", name + ".pem")
        def start(name, *a):
            log = open("%s/%s.log" % (folder, name), "wb")
            # They die with this process (prctl(2), PR_SET_PDEATHSIG), should it be killed.
            children.append(subprocess.Popen([folder + "/" + name] + list(a), cwd=folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, preexec_fn=lambda: prctl(1, signal.SIGKILL)))
        def stop():
            for c in reversed(children): c.terminate()
            end = time.time() + 5
            for c in children:
                try: c.wait(max(0, end - time.time()))
                except subprocess.TimeoutExpired: c.kill(); c.wait()
            shutil.rmtree(folder, ignore_errors=True)

        class Kubelet(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def do_GET(self):
                if self.path.startswith("/containerLogs/"):
                    body = ("path " + self.path + "\n").encode()
                    self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
                    return self.wfile.write(body)
                from urllib.parse import urlparse, parse_qs
                query = parse_qs(urlparse(self.path).query)
                isForward = self.path.startswith("/portForward/")
                if not isForward and not self.path.startswith("/exec/"):
                    self.send_response(404); self.send_header("Content-Length", "0"); return self.end_headers()
                command = query.get("command", [])
                offered = [p.strip() for p in self.headers.get("Sec-WebSocket-Protocol", "").split(",")]
                agreed = "v5.channel.k8s.io" if "five" in command else "v4.channel.k8s.io"
                if agreed not in offered or command == ["refuse"]:
                    self.send_response(403); self.send_header("Content-Length", "2"); self.end_headers()
                    return self.wfile.write(b"no")
                key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
                if command == ["liar"]: key = "x"
                self.send_response(101)
                self.send_header("Upgrade", "websocket"); self.send_header("Connection", "Upgrade")
                self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
                self.send_header("Sec-WebSocket-Protocol", agreed); self.end_headers()
                self.close_connection = True
                def frame(payload, kind=2, final=True):
                    head = bytes([kind | (128 if final else 0)])
                    n = len(payload)
                    head += bytes([n]) if n < 126 else b"\x7e" + n.to_bytes(2, "big") if n < 65536 else b"\x7f" + n.to_bytes(8, "big")
                    self.wfile.write(head + payload); self.wfile.flush()
                def read():
                    h = self.rfile.read(2)
                    n = h[1] & 127
                    if n == 126: n = int.from_bytes(self.rfile.read(2), "big")
                    elif n == 127: n = int.from_bytes(self.rfile.read(8), "big")
                    mask = self.rfile.read(4) if h[1] & 128 else b"\0\0\0\0"
                    return h[0] & 15, bytes(b ^ mask[i & 3] for i, b in enumerate(self.rfile.read(n)))
                if isForward:
                    # The port's number on both channels first; then what somebody listens with at that port.
                    port = int(query["port"][0])
                    for channel in (b"\0", b"\1"): frame(channel + port.to_bytes(2, "little"))
                    if port == 83: frame(b"\1error forwarding port 83: connection refused"); return frame(b"\x03\xe8", 8)
                    if port == 87: frame(b"\0SSH-2.0-OpenSSH\r\n"); return frame(b"\x03\xe8", 8)
                    # Somebody who never answers, whatever is said.
                    if port == 86: return time.sleep(60)
                    if port == 443:
                        # A real server with TLS; here its bytes are only carried.
                        inner = socket.create_connection(("127.0.0.1", secured.server_port))
                        def back():
                            try:
                                while True:
                                    b = inner.recv(65536)
                                    if not b: break
                                    frame(b"\0" + b)
                                frame(b"\x03\xe8", 8)
                            except OSError: pass
                        threading.Thread(target=back, daemon=True).start()
                        try:
                            while True:
                                k, p = read()
                                if k == 8: break
                                inner.sendall(p[1:])
                        except (OSError, IndexError): pass
                        try: inner.shutdown(socket.SHUT_RDWR)
                        except OSError: pass
                        return inner.close()
                    got = b""
                    while True:
                        k, p = read()
                        got += p[1:]
                        head, _, body = got.partition(b"\r\n\r\n")
                        lines = head.decode().split("\r\n")
                        fields = dict(l.lower().split(": ", 1) for l in lines[1:] if ": " in l)
                        if b"\r\n\r\n" in got and len(body) >= int(fields.get("content-length", 0)): break
                    said = json.dumps({"line": lines[0], "authorization": [l for l in lines if l.startswith("Authorization")],
                        "host": fields.get("host"), "body": body.decode()}).encode()
                    first = b"\0HTTP/1.1 207 Multi\r\nX-Kind: "
                    if port == 80:
                        frame(first + b"counted\r\nContent-Le")
                        frame(b"\0ngth: %d\r\n\r\n" % len(said) + said[:5]); frame(b"\0" + said[5:]); time.sleep(5)
                    elif port == 81:
                        frame(b"\0HTTP/1.1 100 Continue\r\n\r\n")
                        frame(first + b"chunked\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n" + said[:5] + b"\r")
                        frame(b"\0\n%x\r\n" % len(said[5:]) + said[5:] + b"\r\n0\r\nTrailer: x\r\n\r\n"); time.sleep(5)
                    elif port == 82: frame(first + b"until-end\r\n\r\n" + said)
                    elif port == 84: frame(first + b"short\r\nContent-Length: 5000\r\n\r\n" + said)
                    elif port == 85: frame(b"\0SSH-2.0-OpenSSH\r\n"); time.sleep(5)
                    return frame(b"\x03\xe8", 8)
                def end(status): frame(b"\x03" + json.dumps(status).encode())
                name = command[0]
                if name == "echo":
                    frame(b""); frame(b"\x01"); frame(b"\x02")
                    frame(b"ping", 9)
                    k, p = read()
                    frame(b"\x01" + json.dumps(command).encode()); frame(b"\x02warn"); frame(b"\x01ing" + p[:2], 2, False)
                    frame(b" on", 0)
                    end({"status": "Success"})
                elif name == "cat":
                    got = b""
                    while True:
                        k, p = read()
                        if k == 8 or p[:1] == b"\xff": break
                        got += p[1:]
                        if "five" not in command and got.endswith(b"END"): break
                    for i in range(0, len(got), 70000): frame(b"\x01" + got[i:i + 70000])
                    end({"status": "Success"})
                elif name == "false":
                    end({"status": "Failure", "reason": "NonZeroExitCode", "message": "command terminated",
                        "details": {"causes": [{"reason": "ExitCode", "message": "3"}]}})
                elif name == "missing":
                    end({"status": "Failure", "reason": "InternalError", "code": 500, "message": "no such file"})
                elif name == "flood":
                    for i in range(64): frame(b"\x01" + b"x" * 65536)
                    end({"status": "Success"})
                elif name == "hang": time.sleep(60)
                elif name == "garbage": self.wfile.write(b"\xf3\xff" * 20); self.wfile.flush(); time.sleep(1)
                # any other name: the connection just ends
        class Secured(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def do_POST(self):
                got = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = json.dumps({"line": self.requestline, "authorization": self.headers.get_all("Authorization"),
                    "host": self.headers.get("Host"), "body": got.decode()}).encode()
                if self.path == "/large": body = got * 2
                self.send_response(207); self.send_header("X-Kind", "secured")
                self.send_header("Content-Length", str(len(body))); self.end_headers()
                self.wfile.write(body)
        try:
            unpack("etcd", "etcd"); unpack("kube-apiserver", "kube-apiserver")
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
            certificate("server", "/CN=server", "IP:127.0.0.1,DNS:kubernetes.test")
            certificate("admin", "/O=system:masters/CN=certificate-admin", "DNS:admin")
            certificate("kubelet", "/CN=kubelet", "IP:127.0.0.1")
            openssl("genrsa", "-out", "sa.key", "2048")
            openssl("rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub")
            with open(folder + "/tokens.csv", "w") as f:
                f.write('admin-token,admin,1,"system:masters"\nnobody-token,nobody,2\n')
            client, peer, secure = free(), free(), free()
            start("etcd", "--data-dir", folder + "/data", "--listen-client-urls", "http://127.0.0.1:%d" % client,
                "--advertise-client-urls", "http://127.0.0.1:%d" % client, "--listen-peer-urls",
                "http://127.0.0.1:%d" % peer, "--initial-advertise-peer-urls", "http://127.0.0.1:%d" % peer,
                "--initial-cluster", "default=http://127.0.0.1:%d" % peer, "--unsafe-no-fsync")
            start("kube-apiserver", "--etcd-servers=http://127.0.0.1:%d" % client, "--bind-address=127.0.0.1",
                "--secure-port=%d" % secure, "--tls-cert-file=server.pem", "--tls-private-key-file=server.key",
                "--client-ca-file=ca.pem", "--token-auth-file=tokens.csv", "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.96.0.0/16", "--service-account-issuer=https://kubernetes.test",
                "--service-account-key-file=sa.pub", "--service-account-signing-key-file=sa.key",
                "--disable-admission-plugins=ServiceAccount", "--endpoint-reconciler-type=none",
                "--kubelet-client-certificate=admin.pem", "--kubelet-client-key=admin.key", "--cert-dir=" + folder)
            kubelet = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Kubelet)
            kubelet.daemon_threads = True
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder + "/kubelet.pem", folder + "/kubelet.key")
            kubelet.socket = context.wrap_socket(kubelet.socket, server_side=True)
            threading.Thread(target=kubelet.serve_forever, daemon=True).start()
            secured = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Secured)
            secured.daemon_threads = True
            secured.socket = context.wrap_socket(secured.socket, server_side=True)
            threading.Thread(target=secured.serve_forever, daemon=True).start()
            trust = ssl.create_default_context(cafile=folder + "/ca.pem")
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))
            base = "https://127.0.0.1:%d" % secure
            def call(method, path, body=None, kind="application/json"):
                r = urllib.request.Request(base + path, method=method, data=json.dumps(body).encode() if body else None)
                r.add_header("Authorization", "Bearer admin-token"); r.add_header("Content-Type", kind)
                return opener.open(r, timeout=5).read()
            end = time.time() + 60
            while True:
                if any(c.poll() is not None for c in children): raise Exception("a server ended")
                try:
                    call("GET", "/readyz"); call("GET", "/api/v1/namespaces/default"); break
                except Exception as e:
                    if time.time() > end: raise
                    time.sleep(0.2)
            call("POST", "/api/v1/nodes", {"metadata": {"name": "played"}})
            call("PATCH", "/api/v1/nodes/played/status", {"status": {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet.server_port}}}}, "application/merge-patch+json")
            call("POST", "/api/v1/namespaces/default/pods", {"metadata": {"name": "played"}, "spec": {"nodeName": "played",
                "containers": [{"name": "main", "image": "none"}]}})
            print("ready", folder, secure, client)
            # Controllers on demand: most tests want an API server that does nothing by itself.
            for line in sys.stdin:
                if line.strip() != "controllers": continue
                unpack("kube-controller-manager", "kube-controller-manager")
                with open(folder + "/controllers.conf", "w") as f:
                    json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                        "clusters": [{"name": "c", "cluster": {"server": base, "certificate-authority": "ca.pem"}}],
                        "users": [{"name": "c", "user": {"token": "admin-token"}}],
                        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}]}, f)
                start("kube-controller-manager", "--kubeconfig=controllers.conf", "--leader-elect=false",
                    "--bind-address=127.0.0.1", "--secure-port=%d" % free(), "--port=0", "--cert-dir=" + folder,
                    "--controllers=namespace,garbagecollector,deployment,replicaset,statefulset,daemonset,job,endpoint,pvc-protection")
                print("started")
        except BaseException as e:
            tail = b""
            for name in ("etcd", "kube-apiserver"):
                try: tail += open("%s/%s.log" % (folder, name), "rb").read()[-600:]
                except OSError: pass
            print(("failed %r %s" % (e, tail.decode("utf8", "replace"))).replace("\n", " | "))
        finally:
            stop()
        """#
}

/// Objects as the tests look at them.
package struct NamedObject: Decodable, Sendable {
    package struct Metadata: Decodable, Sendable {
        package var name: String
        package var labels: [String: String]?
        package var resourceVersion: String?
    }

    package var metadata: Metadata
    package var data: [String: String]?

    package var name: String { metadata.name }
}

/// A name that no other test uses.
package func uniqueName(_ prefix: String) -> String { "\(prefix)-\(UUID().uuidString.prefix(8).lowercased())" }
