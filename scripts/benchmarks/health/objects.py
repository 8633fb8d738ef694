"""A cluster as objects: nodes and pods with the fields, and about the size, that kubelets and controllers give them."""
import base64
import time

from api import MERGE

TEAMS = 20
CONTROL_PLANES = 3
PODS_PER_NODE = 30
# Of kube-system on every node: kube-proxy and a network plug-in, and on control planes four components.
SYSTEM_PODS, COMPONENTS = 2, ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
UID = "00000000-0000-4000-8000-{:012d}"


def moment(seconds_ago=0.0, fraction=False):
    now = time.time() - seconds_ago
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    return text + (f".{int(now % 1 * 1e6):06d}Z" if fraction else "Z")


def node_name(index):
    return f"cp-{index + 1}" if index < CONTROL_PLANES else f"worker-{index + 1 - CONTROL_PLANES:03}"


def address(index):
    return f"10.100.{index // 250}.{index % 250 + 1}"


def pod_address(node, slot):
    return f"10.{128 + node // 250}.{node % 250}.{slot + 2}"


# MARK: nodes

def node_conditions(is_ready=True):
    kinds = (("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
             ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
             ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"))
    lost = {"status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status.",
            "lastTransitionTime": moment(200)}
    found = [{"type": kind, "status": "False", "reason": reason, "message": message, "lastTransitionTime": moment(86400),
              "lastHeartbeatTime": moment(), **({} if is_ready else lost)} for kind, reason, message in kinds]
    return found + [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status",
                     "lastTransitionTime": moment(86400), "lastHeartbeatTime": moment(), **({} if is_ready else lost)}]


def nodes(indexes):
    for index in indexes:
        name = node_name(index)
        is_control_plane = index < CONTROL_PLANES
        amounts = {"cpu": "16", "memory": "65806308Ki", "pods": "110", "ephemeral-storage": "102685624Ki", "hugepages-2Mi": "0"}
        labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                  "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64",
                  "topology.kubernetes.io/zone": f"zone-{index % 3}"}
        if is_control_plane:
            labels["node-role.kubernetes.io/control-plane"] = ""
        yield "POST", "/api/v1/nodes", {
            "metadata": {"name": name, "labels": labels, "annotations": {
                "node.alpha.kubernetes.io/ttl": "0", "volumes.kubernetes.io/controller-managed-attach-detach": "true",
                "kubeadm.alpha.kubernetes.io/cri-socket": "/run/containerd/containerd.sock"}},
            "spec": {"podCIDR": f"10.{128 + index // 250}.{index % 250}.0/24", "taints": [
                {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}] if is_control_plane else []},
            "status": {
                "capacity": amounts, "allocatable": {**amounts, "memory": "65703908Ki"},
                "addresses": [{"type": "InternalIP", "address": address(index)}, {"type": "Hostname", "address": name}],
                "conditions": node_conditions(), "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
                "nodeInfo": {
                    "machineID": f"{index:032x}", "systemUUID": UID.format(index), "bootID": UID.format(index + 100000),
                    "kernelVersion": "6.1.0-18-amd64", "osImage": "Debian GNU/Linux 12 (bookworm)", "operatingSystem": "linux",
                    "containerRuntimeVersion": "containerd://1.6.20", "kubeletVersion": "v1.20.2", "kubeProxyVersion": "v1.20.2",
                    "architecture": "amd64"},
                # A kubelet reports up to 50 images (`nodeStatusMaxImages`).
                "images": [{"names": [f"registry.test/team-{number % TEAMS}/application-{number}@sha256:{number:064x}",
                                      f"registry.test/team-{number % TEAMS}/application-{number}:v1.{number}.0"],
                            "sizeBytes": 50_000_000 + number} for number in range(40)]}}
        yield "POST", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", {
            "metadata": {"name": name, "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": name, "uid": UID.format(index)}]},
            "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": moment(fraction=True)}}


def renewals(names):
    for name in names:
        yield ("PATCH", f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}",
               {"spec": {"renewTime": moment(fraction=True)}}, MERGE)


# MARK: pods

def pod_status(name, node, slot, is_ready=True):
    since = moment(80000)
    conditions = [{"type": kind, "status": "True", "lastTransitionTime": since} for kind in ("Initialized", "PodScheduled")]
    conditions += [{"type": kind, "status": "True" if is_ready else "False", "lastTransitionTime": since if is_ready else moment(190)}
                   for kind in ("Ready", "ContainersReady")]
    return {
        "phase": "Running", "conditions": conditions, "hostIP": address(node), "podIP": pod_address(node, slot),
        "podIPs": [{"ip": pod_address(node, slot)}], "startTime": since, "qosClass": "Burstable",
        "containerStatuses": [{
            "name": "main", "ready": True, "started": True, "restartCount": 0, "image": "registry.test/team/application:v1.2.3",
            "imageID": f"registry.test/team/application@sha256:{7:064x}", "containerID": f"containerd://{node * 1000 + slot:064x}",
            "state": {"running": {"startedAt": since}}}]}


def pod_body(name, node, labels, owner, cpu="100m"):
    return {
        "metadata": {"name": name, "labels": labels, "annotations": {"checksum/config": f"{node:064x}"}, "ownerReferences": [{
            "apiVersion": "apps/v1" if owner[0] != "Node" else "v1", "kind": owner[0], "name": owner[1], "uid": UID.format(node),
            "controller": True}]},
        "spec": {
            "nodeName": node_name(node), "serviceAccountName": "default", "priority": 0,
            "containers": [{
                "name": "main", "image": "registry.test/team/application:v1.2.3", "ports": [{"containerPort": 8080}],
                "resources": {"requests": {"cpu": cpu, "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
                "env": [{"name": f"VARIABLE_{number}", "valueFrom": {"secretKeyRef": {"name": "secrets", "key": f"key-{number}"}}}
                        for number in range(8)],
                "livenessProbe": {"httpGet": {"path": "/livez", "port": 8080}},
                "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}},
                "volumeMounts": [{"name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True},
                                 {"name": "configuration", "mountPath": "/etc/application"}]}],
            "volumes": [{"name": "token", "secret": {"secretName": "default-token-abcde"}},
                        {"name": "configuration", "configMap": {"name": "configuration"}}]}}


def team(node, slot):
    return f"team-{(node * 7 + slot) % TEAMS}"


def application_name(node, slot):
    return f"application-{slot}-7d9c6b5f4-{node:05}"


def node_pods(node):
    """Namespace, name, labels and owner of all pods of a node."""
    name = node_name(node)
    found = []
    if node < CONTROL_PLANES:
        found += [("kube-system", f"{component}-{name}", {"component": component, "tier": "control-plane"}, ("Node", name))
                  for component in COMPONENTS]
    found += [("kube-system", f"{daemon}-{node:05}", {"k8s-app": daemon}, ("DaemonSet", daemon)) for daemon in ("kube-proxy", "routes")]
    if CONTROL_PLANES <= node < CONTROL_PLANES + 2:
        found.append(("kube-system", f"cluster-dns-{node:05}", {"k8s-app": "kube-dns"}, ("ReplicaSet", "cluster-dns-5d8b7f")))
    for slot in range(PODS_PER_NODE - len(found)):
        found.append((team(node, slot), application_name(node, slot),
                      {"app": f"application-{slot}", "pod-template-hash": "7d9c6b5f4", "team": team(node, slot)},
                      ("ReplicaSet", f"application-{slot}-7d9c6b5f4")))
    return found


def pods(indexes):
    for node in indexes:
        for slot, (namespace, name, labels, owner) in enumerate(node_pods(node)):
            yield "POST", f"/api/v1/namespaces/{namespace}/pods", pod_body(name, node, labels, owner)
            yield "PATCH", f"/api/v1/namespaces/{namespace}/pods/{name}/status", {"status": pod_status(name, node, slot)}, MERGE


# MARK: everything else

def namespaces():
    for number in range(TEAMS):
        yield "POST", "/api/v1/namespaces", {"metadata": {"name": f"team-{number}"}}


def service(namespace, name, addresses):
    port = {"name": "http", "port": 80, "protocol": "TCP"}
    yield "POST", f"/api/v1/namespaces/{namespace}/services", {
        "metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": [{**port, "targetPort": 8080}]}}
    yield "POST", f"/api/v1/namespaces/{namespace}/endpoints", {
        "metadata": {"name": name}, "subsets": [{"ports": [{"name": "http", "port": 8080}], "addresses": addresses}]}


def services(count):
    """Two services for each node, with ten addresses each."""
    for number in range(2 * count):
        nodes_behind = [(number * 5 + part) % count for part in range(10)]
        yield from service(f"team-{number % TEAMS}", f"service-{number}", [
            {"ip": pod_address(node, 5 + part), "nodeName": node_name(node), "targetRef": {
                "kind": "Pod", "name": application_name(node, part), "namespace": team(node, part), "uid": UID.format(node)}}
            for part, node in enumerate(nodes_behind)])


def events(count):
    for number in range(10 * count):
        node = number % count
        name = application_name(node, number % 20)
        yield "POST", f"/api/v1/namespaces/{team(node, number % 20)}/events", {
            "metadata": {"name": f"{name}.{number:016x}"}, "type": "Normal", "reason": "Pulled", "count": 1,
            "message": 'Container image "registry.test/team/application:v1.2.3" already present on machine',
            "source": {"component": "kubelet", "host": node_name(node)}, "firstTimestamp": moment(), "lastTimestamp": moment(),
            "involvedObject": {"kind": "Pod", "name": name, "namespace": team(node, number % 20)}}


def furniture(count):
    """What a cluster has only few of."""
    yield from service("kube-system", "kube-dns", [{"ip": pod_address(node, 3), "nodeName": node_name(node)}
                                                   for node in (CONTROL_PLANES, CONTROL_PLANES + 1)])
    yield from service("team-0", "admission", [{"ip": pod_address(node, 9), "nodeName": node_name(node)} for node in (4, 5)])
    yield "POST", "/apis/storage.k8s.io/v1/storageclasses", {
        "metadata": {"name": "disk", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "disk.csi.test"}
    for number in range(count):
        claim = f"/api/v1/namespaces/team-{number % TEAMS}/persistentvolumeclaims"
        room = {"accessModes": ["ReadWriteOnce"], "storageClassName": "disk"}
        yield "POST", "/api/v1/persistentvolumes", {"metadata": {"name": f"volume-{number}"}, "spec": {
            **room, "capacity": {"storage": "10Gi"}, "csi": {"driver": "disk.csi.test", "volumeHandle": f"volume-{number}"}}}
        yield "PATCH", f"/api/v1/persistentvolumes/volume-{number}/status", {"status": {"phase": "Bound"}}, MERGE
        yield "POST", claim, {"metadata": {"name": f"data-{number}"}, "spec": {
            **room, "volumeName": f"volume-{number}", "resources": {"requests": {"storage": "10Gi"}}}}
        yield "PATCH", f"{claim}/data-{number}/status", {"status": {"phase": "Bound"}}, MERGE
    yield "POST", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
        "metadata": {"name": "admission"}, "webhooks": [{
            "name": "admission.example.test", "failurePolicy": "Fail", "timeoutSeconds": 5, "sideEffects": "None",
            "admissionReviewVersions": ["v1"], "clientConfig": {"service": {"namespace": "team-0", "name": "admission"}},
            # Of a group that is not served, so that nothing that is written here waits for it.
            "rules": [{"apiGroups": ["example.test"], "apiVersions": ["*"], "resources": ["*"], "operations": ["CREATE"]}]}]}
    yield "POST", "/api/v1/namespaces/kube-system/secrets", {
        "metadata": {"name": "bootstrap-token-abcdef"}, "type": "bootstrap.kubernetes.io/token", "data": {
            key: base64.b64encode(value.encode()).decode() for key, value in (
                ("token-id", "abcdef"), ("token-secret", "0123456789abcdef"), ("expiration", moment(-3600)))}}
