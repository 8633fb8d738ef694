"""plan.*: reading, validating and planning large specs; no host is asked."""
import hashlib
import json
import statistics

VERSION = "v1.31.4"
ROUNDS = 5


def measure(rig, results):
    bundle = make_bundle(rig.folder / "plan-bundle")
    small, large = (make_spec(rig.folder, bundle, count) for count in (500, 5000))
    cpu = {small: [], large: []}
    memory = 0
    for _ in range(ROUNDS):
        for spec in (small, large):
            run = rig.run([rig.martlet, "measure", "plan", "-f", spec])
            cpu[spec].append(run.cpu)
            memory = max(memory, run.memory_mb)
    start = statistics.median(rig.run([rig.martlet, "--version"]).cpu for _ in range(5))
    results.ratio("plan.5000", statistics.median(cpu[large]))
    results.ratio("plan.growth", statistics.median(b / (10 * a) for a, b in zip(cpu[small], cpu[large])))
    results.ratio("plan.memory", memory / 250)
    results.figure("plan.500.cpu.s", statistics.median(cpu[small]))
    results.figure("plan.5000.cpu.s", statistics.median(cpu[large]))
    results.figure("plan.start.cpu.s", start)
    results.figure("plan.5000.memory.mb", memory)


def make_spec(folder, bundle, count):
    """Three control planes, workers with labels and taints here and there, routed pod network: a /24 for each of 5,000 hosts."""
    hosts = []
    for index in range(count):
        role = "control-plane" if index < 3 else "worker"
        hosts.append(f"  - name: node-{index:04}\n    address: 10.{100 + index // 62500}.{index // 250 % 250}.{index % 250 + 1}\n    roles: [{role}]\n")
        if index % 10 == 5:
            hosts.append(f"    labels: {{ rack: r{index // 40}, disk: ssd }}\n")
        if index % 50 == 7:
            hosts.append("    taints: [{ key: dedicated, value: batch, effect: NoSchedule }]\n")
    path = folder / f"plan.{count}.yaml"
    path.write_text(f"""apiVersion: martlet/v1
kind: Cluster
name: large
kubernetes:
  version: {VERSION}
  source: {{ bundle: {bundle} }}
endpoint: {{ type: keepalived, address: 10.99.0.1 }}
network: {{ pods: 11.0.0.0/8, services: 10.96.0.0/16, plugin: routed }}
packages: {{ source: bundle }}
ssh: {{ user: root }}
hosts:
{"".join(hosts)}""")
    return path


def make_bundle(folder):
    """A bundle of the usual shape with tiny files: planning reads its manifest and no content."""
    files = []

    def add(path, kind, **more):
        content = path.encode()
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        files.append({"path": path, "kind": kind, "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), **more})

    for name in ("kubeadm", "kubelet", "kubectl", "crictl"):
        add(f"bin/{name}", "binary", name=name, version=VERSION)
    for name, tag in (("kube-apiserver", VERSION), ("kube-controller-manager", VERSION), ("kube-scheduler", VERSION),
                      ("kube-proxy", VERSION), ("etcd", "3.5.15-0"), ("pause", "3.10"), ("coredns/coredns", "v1.11.3")):
        add(f"images/{name.replace('/', '-')}.tar", "image", references=[f"registry.k8s.io/{name}:{tag}"])
    for name in ("bridge", "host-local", "loopback", "portmap"):
        add(f"cni/{name}", "cni-plugin", name=name, version="v1.5.1")
    for name in ("containerd", "runc", "conntrack", "ethtool", "socat", "haproxy", "keepalived", "iptables"):
        add(f"packages/{name}.deb", "package", name=name, version="1.0", distribution="debian-12")
    manifest = {"apiVersion": "martlet/v1", "kind": "Bundle", "name": "benchmark", "kubernetesVersion": VERSION,
                "architecture": "amd64", "files": files}
    (folder / "bundle.json").write_text(json.dumps(manifest))
    return folder
