"""Hollow kubelets: Kubernetes' own kubemark, a real kubelet over a runtime that only pretends, registers nodes and runs their pods."""
import json
import shutil
import subprocess
import time

from api import API
from control_plane import FILLER, SERVER
from objects import node_name, node_pods

# Nodes register in seconds; each kubelet starts its pods at ten calls a second.
PATIENCE = 600
ENTER = 'mount --bind "$1" /mnt && mount --bind "$1/$2" /tmp && shift 2 && exec /mnt/kubemark "$@"'


class HollowNodes:
    """The program must be of the API server's minor version or an older one that it supports."""

    def __init__(self, plane, program, count):
        self.plane, self.program, self.count = plane, program, count
        self.children = []

    def __enter__(self):
        # Hollow kubelets keep their folders and sockets in /tmp, so each gets one of its own; what all need is in /mnt.
        folder = self.plane.folder / "hollow"
        folder.mkdir()
        shutil.copy(self.program, folder / "kubemark")
        shutil.copy(self.plane.authority, folder / "ca.pem")
        (folder / "kubeconfig").write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "hollow",
            "clusters": [{"name": "hollow", "cluster": {"server": SERVER, "certificate-authority": "/mnt/ca.pem"}}],
            "users": [{"name": "hollow", "user": {"token": f"{FILLER}-token"}}],
            "contexts": [{"name": "hollow", "context": {"cluster": "hollow", "user": "hollow"}}]}))
        for index in range(self.count):
            name = node_name(index)
            (folder / name).mkdir()
            with open(folder / f"{name}.log", "wb") as log:
                labels = "node-role.kubernetes.io/control-plane=" if name.startswith("cp-") else f"zone=zone-{index % 3}"
                self.children.append(subprocess.Popen(
                    ["unshare", "--mount", "sh", "-c", ENTER, "hollow", folder, name,
                     "--morph=kubelet", f"--name={name}", "--kubeconfig=/mnt/kubeconfig", f"--kubelet-port={20000 + 2 * index}",
                     f"--kubelet-read-only-port={20001 + 2 * index}", f"--node-labels={labels}", "--v=1"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.kill()
            child.wait()

    def wait(self, what, path, is_done, wanted):
        api = API(self.plane.authority)
        deadline = time.monotonic() + PATIENCE
        while True:
            ended = [node_name(index) for index, child in enumerate(self.children) if child.poll() is not None]
            found = sum(map(is_done, api.call("GET", path)["items"]))
            if found >= wanted:
                return
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"{found} of {wanted} hollow {what}; {len(ended)} kubelets ended: {self.last_words(ended)}")
            time.sleep(2)

    def wait_for_nodes(self):
        self.wait("nodes", "/api/v1/nodes", is_ready, self.count)

    def wait_for_pods(self):
        self.wait("pods", "/api/v1/pods", is_ready, sum(len(node_pods(node)) for node in range(self.count)))

    def last_words(self, ended):
        log = self.plane.folder / "hollow" / f"{(ended or [node_name(0)])[0]}.log"
        return log.read_text(errors="replace")[-1500:]


def is_ready(item):
    return any(one["type"] == "Ready" and one["status"] == "True" for one in item["status"].get("conditions", []))


def pods(indexes):
    """The pods without status, which the kubelets write, and without what only a real runtime has: secrets, answers to probes."""
    for node in indexes:
        for namespace, name, labels, _ in node_pods(node):
            yield "POST", f"/api/v1/namespaces/{namespace}/pods", {
                "metadata": {"name": name, "labels": labels},
                "spec": {"nodeName": node_name(node), "enableServiceLinks": False, "containers": [{
                    "name": "main", "image": "registry.test/team/application:v1.2.3",
                    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}]}}
