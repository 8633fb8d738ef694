"""The namespaces of a class, with what the solution of the lab E12 makes, as the API server holds it when everything runs."""

LAB = "stateful-database"
MERGE = "application/merge-patch+json"
NODE = "played"


def nonce(number):
    return f"x{number:05d}"


def namespace(number):
    return f"lab-{LAB}-{nonce(number)}"


def pod(name):
    """As the controller of the set makes it."""
    return {
        "metadata": {"name": "mysql-0", "namespace": name, "labels": {"app": "mysql"}},
        "spec": {
            "nodeName": NODE, "terminationGracePeriodSeconds": 5,
            "containers": [{"name": "mysql", "image": "lab/sql:1"}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-mysql-0"}}],
        },
    }


def pod_status():
    return {"status": {"phase": "Running", "podIP": "10.244.0.9", "conditions": [
        {"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"}]}}


def learner(number, kind):
    """Calls for `API.call` that make one learner's objects."""
    name = namespace(number)
    core, apps, batch = f"/api/v1/namespaces/{name}", f"/apis/apps/v1/namespaces/{name}", f"/apis/batch/v1/namespaces/{name}"
    labels = {"martlet.dev/owner": "lab", "lab": LAB, "martlet.dev/nonce": nonce(number)}
    template = {
        "metadata": {"labels": {"app": "mysql"}},
        "spec": {"containers": [{
            "name": "mysql", "image": "lab/sql:1", "readinessProbe": {"exec": {"command": ["mariadb-admin", "ping"]}},
            "env": [{"name": "MYSQL_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "database-account", "key": "password"}}}],
        }]},
    }
    yield "POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}}
    if kind == "idle":
        return
    yield "POST", f"{apps}/statefulsets", {
        "metadata": {"name": "mysql"},
        "spec": {"replicas": 1, "serviceName": "my-database", "selector": {"matchLabels": {"app": "mysql"}}, "template": template}}
    yield "PATCH", f"{apps}/statefulsets/mysql/status", {"status": {
        "observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "currentReplicas": 1, "updatedReplicas": 1,
        "currentRevision": "mysql-1", "updateRevision": "mysql-1"}}, MERGE
    yield "POST", f"{core}/persistentvolumeclaims", {
        "metadata": {"name": "data-mysql-0"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    yield "PATCH", f"{core}/persistentvolumeclaims/data-mysql-0/status", {
        "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}}}, MERGE
    yield "POST", f"{core}/pods", pod(name)
    yield "PATCH", f"{core}/pods/mysql-0/status", pod_status(), MERGE
    yield "POST", f"{batch}/jobs", {
        "metadata": {"name": "create-table"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "client", "image": "lab/sql:1"}]}}}}
    yield "PATCH", f"{batch}/jobs/create-table/status", {
        "status": {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}}, MERGE
    if kind == "done":
        yield "POST", f"{core}/services", {
            "metadata": {"name": "my-database"}, "spec": {"selector": {"app": "mysql"}, "ports": [{"port": 3306}]}}
        yield "POST", f"{core}/endpoints", {
            "metadata": {"name": "my-database"},
            "subsets": [{"addresses": [{"ip": "10.244.0.9", "targetRef": {"kind": "Pod", "name": "mysql-0"}}],
                         "ports": [{"port": 3306}]}]}


def node(address, port):
    """Calls that make the node on which all pods are."""
    yield "POST", "/api/v1/nodes", {"metadata": {"name": NODE}}
    yield "PATCH", f"/api/v1/nodes/{NODE}/status", {"status": {
        "addresses": [{"type": "InternalIP", "address": address}], "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        "conditions": [{"type": "Ready", "status": "True"}]}}, MERGE


def expected(number, learners):
    """What becomes of a learner: done, without the service, with nothing but a namespace, or without that."""
    for kind, share in (("done", 80), ("forgot", 85), ("idle", 95)):
        if number < learners * share // 100:
            return kind
    return "lost"
