"""etcd and kube-apiserver out of a bundle's images, with an audit log of what martlet asks."""
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import tarfile
import time
import urllib.request

ADDRESS = "192.0.2.10"
PORT = 6443
SERVER = f"https://{ADDRESS}:{PORT}"
FILLER, MARTLET = "filler", "martlet"

# Only what martlet does, each call once, when it has been answered.
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "users": [MARTLET]}, {"level": "None"}],
}


class ControlPlane:
    def __init__(self, folder, bundle):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.bundle = bundle
        self.children = []
        self.authority = self.folder / "ca.pem"
        self.audit = self.folder / "audit.log"
        self.kubeconfig = self.folder / "kubeconfig"

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        for name in ("etcd", "kube-apiserver"):
            self.unpack(name)
        self.certificates()
        (self.folder / "tokens.csv").write_text(
            "".join(f'{user}-token,{user},{user},"system:masters"\n' for user in (FILLER, MARTLET)))
        (self.folder / "audit-policy.json").write_text(json.dumps(AUDIT_POLICY))
        self.write_kubeconfig()
        self.run(
            "etcd", "--data-dir=data", "--listen-client-urls=http://127.0.0.1:2379", "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:2380", "--initial-advertise-peer-urls=http://127.0.0.1:2380",
            "--initial-cluster=default=http://127.0.0.1:2380", "--unsafe-no-fsync", "--quota-backend-bytes=4294967296")
        # The admission plug-ins left out wait for controllers that do not run here (service accounts, taints of new nodes).
        self.run(
            "kube-apiserver", "--etcd-servers=http://127.0.0.1:2379", f"--bind-address={ADDRESS}", f"--advertise-address={ADDRESS}",
            f"--secure-port={PORT}", "--tls-cert-file=server.pem", "--tls-private-key-file=server.key", "--client-ca-file=ca.pem",
            "--token-auth-file=tokens.csv", "--authorization-mode=RBAC", "--service-cluster-ip-range=10.96.0.0/12",
            "--service-account-issuer=https://kubernetes.test", "--service-account-key-file=sa.pub",
            "--service-account-signing-key-file=sa.key", "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
            "--enable-bootstrap-token-auth=true", "--audit-log-path=audit.log", "--audit-policy-file=audit-policy.json",
            "--cert-dir=.", "--event-ttl=24h")
        self.wait_ready()

    def unpack(self, name):
        """The program of that name out of the image of that name."""
        with tarfile.open(f"{self.bundle}/images/{name}.tar") as image:
            manifest = json.load(image.extractfile("manifest.json"))
            for layer in reversed(manifest[0]["Layers"]):
                with tarfile.open(fileobj=image.extractfile(layer)) as files:
                    for member in files:
                        if member.isfile() and os.path.basename(member.name) == name and "bin/" in member.name:
                            with open(self.folder / name, "wb") as target:
                                shutil.copyfileobj(files.extractfile(member), target)
                            os.chmod(self.folder / name, 0o755)
                            return
        raise RuntimeError(f"no program {name} in its image")

    def certificates(self):
        def openssl(*words):
            subprocess.run(("openssl", *words), cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "365"]
        openssl("req", "-x509", *key, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
        openssl("req", "-x509", "-CA", "ca.pem", "-CAkey", "ca.key", *key, "-subj", "/CN=server", "-addext",
                f"subjectAltName=IP:{ADDRESS}", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "server.key",
                "-out", "server.pem")
        openssl("genrsa", "-out", "sa.key", "2048")
        openssl("rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub")

    def write_kubeconfig(self):
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "scale",
            "clusters": [{"name": "scale", "cluster": {"server": SERVER, "certificate-authority": str(self.authority)}}],
            "users": [{"name": "scale", "user": {"token": f"{MARTLET}-token"}}],
            "contexts": [{"name": "scale", "context": {"cluster": "scale", "user": "scale"}}],
        }))
        self.kubeconfig.chmod(0o600)

    def run(self, name, *words):
        with open(self.folder / f"{name}.log", "wb") as log:
            self.children.append(subprocess.Popen(
                [self.folder / name, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def wait_ready(self):
        trust = ssl.create_default_context(cafile=self.authority)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))
        deadline = time.monotonic() + 120
        # The endpoints of `kubernetes` and the namespace of the leases are made by the API server a little after it is ready.
        for path in ("/readyz", "/api/v1/namespaces/kube-node-lease", "/api/v1/namespaces/default/endpoints/kubernetes"):
            while True:
                if any(child.poll() is not None for child in self.children) or time.monotonic() > deadline:
                    raise RuntimeError("the control plane did not start:\n" + self.logs())
                try:
                    request = urllib.request.Request(SERVER + path, headers={"Authorization": f"Bearer {FILLER}-token"})
                    opener.open(request, timeout=5).read()
                    break
                except OSError:
                    time.sleep(0.2)

    def logs(self):
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace")[-1500:] for name in ("etcd", "kube-apiserver")
                         if (self.folder / f"{name}.log").exists())

    def stop(self):
        for child in reversed(self.children):
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
