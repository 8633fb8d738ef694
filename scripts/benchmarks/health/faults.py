"""Many things broken at once, each as the cluster itself would show it."""
from api import MERGE
from objects import (CONTROL_PLANES, application_name, moment, node_conditions, node_name, node_pods, pod_body, pod_status, team)

NOT_READY, STALE, CRASHING, LARGE = 5, 20, 50, 8


def not_ready(count):
    """The last nodes: nothing else is broken on them."""
    return range(count - NOT_READY, count)


def stale(count):
    """Nodes that are ready still and renew no lease, and those that are not ready."""
    return [*range(count - NOT_READY - STALE, count - NOT_READY), *not_ready(count)]


def crashing():
    """On the first workers, several on each."""
    return [(CONTROL_PLANES + number % 25, 10 + number // 25) for number in range(CRASHING)]


def calls(count):
    for node in not_ready(count):
        yield "PATCH", f"/api/v1/nodes/{node_name(node)}/status", {"status": {"conditions": node_conditions(is_ready=False)}}, MERGE
        # The controller manager does this to the pods of a node that it has given up.
        for slot, (namespace, name, _, _) in enumerate(node_pods(node)):
            yield ("PATCH", f"/api/v1/namespaces/{namespace}/pods/{name}/status",
                   {"status": {"conditions": pod_status(name, node, slot, is_ready=False)["conditions"]}}, MERGE)
    # Each at a time of its own, all beyond the 40 s after which a lease fails.
    for number, node in enumerate(stale(count)):
        yield ("PATCH", f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{node_name(node)}",
               {"spec": {"renewTime": moment(45 + 3 * number, fraction=True)}}, MERGE)
    for number, (node, slot) in enumerate(crashing()):
        name, namespace = application_name(node, slot), team(node, slot)
        status = pod_status(name, node, slot, is_ready=False)
        for condition in status["conditions"]:
            if condition["status"] == "False":
                condition |= {"reason": "ContainersNotReady", "message": "containers with unready status: [main]",
                              "lastTransitionTime": moment(600 + number)}
        status["containerStatuses"][0] |= {
            "ready": False, "started": False, "restartCount": 7 + number % 3,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": (
                f"back-off 5m0s restarting failed container=main pod={name}_{namespace}(00000000-0000-4000-8000-{number:012d})")}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": moment(330), "finishedAt": moment(300)}}}
        yield "PATCH", f"/api/v1/namespaces/{namespace}/pods/{name}/status", {"status": status}, MERGE
    # Together more than all nodes give.
    share = f"{16 * count // LARGE}"
    for number in range(LARGE):
        node = CONTROL_PLANES + number
        yield "POST", "/api/v1/namespaces/team-0/pods", pod_body(
            f"large-{number}", node, {"app": "large"}, ("ReplicaSet", "large-66d"), cpu=share)
        yield "PATCH", f"/api/v1/namespaces/team-0/pods/large-{number}/status", {
            "status": pod_status(f"large-{number}", node, 40 + number)}, MERGE
