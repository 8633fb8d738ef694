import Diagnostics
import KubernetesAPI
import Testing

@testable import Labs

/// What is missing may be elsewhere: the report says where, and the verdict stays what it is.
@Suite("What a failed check is asked further")
struct ClueTests {
    private static let apps = "/apis/apps/v1/namespaces"

    private static func evidence(
        _ primitive: String, _ answers: [String: Result<JSONValue, KubernetesError>]
    ) async throws -> (CheckResult, [String]) {
        let outcome = try await Sample.look(primitive, RecordedAPI(answers))
        return (outcome.result, outcome.evidence)
    }

    @Test("In the namespace default")
    func otherNamespace() async throws {
        let (result, lines) = try await Self.evidence(
            "rollout: {ref: statefulset/mysql}", ["\(Self.apps)/default/statefulsets/mysql": .success([:])])
        #expect(result == .fail)
        #expect(lines == ["there is one in the namespace default: this lab is done in `-n lab-xnonce`"])
    }

    @Test("As another kind")
    func otherKind() async throws {
        let (result, lines) = try await Self.evidence(
            "object: {ref: statefulset/mysql}", ["\(Self.apps)/lab-xnonce/deployments/mysql": .success([:])])
        #expect(result == .fail)
        #expect(lines == ["there is a Deployment of that name, and a StatefulSet is wanted"])
    }

    @Test("Under a name like it, or under others")
    func otherNames() async throws {
        let list = { (names: [JSONValue]) -> [String: Result<JSONValue, KubernetesError>] in
            [
                "\(Self.apps)/lab-xnonce/deployments": .success([
                    "items": .array(names.map { ["metadata": ["name": $0]] })
                ])
            ]
        }
        let near = try await Self.evidence("rollout: {ref: deployment/bikes}", list(["transport", "bike"]))
        #expect(near.1 == ["there is a Deployment `bike`"])
        let far = try await Self.evidence("rollout: {ref: deployment/bikes}", list(["transport"]))
        #expect(far.1 == ["there is `transport` of the kind Deployment"])
        let none = try await Self.evidence("rollout: {ref: deployment/bikes}", list([]))
        #expect(none.1.isEmpty)
    }

    @Test("Inside a combined check, and of a service that is asked")
    func inside() async throws {
        let services = ["/api/v1/namespaces/default/services/web": Result<JSONValue, KubernetesError>.success([:])]
        let all = try await Self.evidence("all: [{object: {ref: service/web}}]", services)
        #expect(all.1.count == 1, "\(all)")
        let any = try await Sample.look(
            "any: [{object: {ref: service/web}}, {object: {ref: service/web, fields: [{path: spec.x, value: y}]}}]",
            RecordedAPI(services))
        #expect(any.evidence.count == 1 && any.observed == "there is no Service web", "\(any)")
        let http = try await Self.evidence(
            "http: {via: service-proxy, service: \"web:80\", expect: {status: 200}}", services)
        #expect(http.0 == .fail && http.1.count == 1, "\(http)")
    }

    @Test("What may not be asked is left out; another namespace that the check names is its own")
    func silence() async throws {
        let (result, lines) = try await Self.evidence(
            "rollout: {ref: deployment/web}",
            ["\(Self.apps)/default/deployments/web": forbidden, "\(Self.apps)/lab-xnonce/deployments": vanished])
        #expect(result == .fail && lines.isEmpty)
        let named = try await Self.evidence(
            "object: {ref: deployment/web, namespace: kube-system}",
            ["\(Self.apps)/default/deployments/web": .success([:])])
        #expect(named.1.isEmpty)
    }

    private static let job: JSONValue = [
        "metadata": ["name": "client"], "spec": ["selector": ["matchLabels": ["controller-uid": "1"]]],
    ]

    private static func pods(_ state: JSONValue) -> Result<JSONValue, KubernetesError> {
        .success([
            "items": [
                [
                    "metadata": ["name": "client-x", "labels": ["controller-uid": "1"]],
                    "status": ["containerStatuses": [state]],
                ]
            ]
        ])
    }

    private static func job(_ state: JSONValue, logs: [String: String]) async throws -> CheckOutcome {
        try await Sample.look(
            "object: {ref: job/client, conditions: {Complete: \"True\"}}",
            RecordedAPI(
                [
                    "/apis/batch/v1/namespaces/lab-xnonce/jobs/client": .success(job),
                    "/api/v1/namespaces/lab-xnonce/pods": pods(state),
                ],
                logs: logs))
    }

    @Test("A program that ended with an error has its last words told, those of the run before while it waits")
    func lastWords() async throws {
        let ended = try await Self.job(
            ["name": "c", "state": ["terminated": ["exitCode": 1]]], logs: ["client-x/c": "one\nAccess denied\n"])
        #expect(ended.result == .fail)
        #expect(ended.evidence.last == "client-x said before it ended with status 1: Access denied")
        let waiting = try await Self.job(
            [
                "name": "c", "state": ["waiting": ["reason": "CrashLoopBackOff"]],
                "lastState": ["terminated": ["exitCode": 2]],
            ],
            logs: ["client-x/c before": "no such table", "client-x/c": ""])
        #expect(waiting.evidence == ["client-x said before it ended with status 2: no such table"])
        let fine = try await Self.job(["name": "c", "state": ["running": [:]]], logs: ["client-x/c": "at work"])
        #expect(fine.result == .fail && fine.evidence.isEmpty)
    }

    @Test("Pods that are not even made have the newest warning told")
    func noPods() async throws {
        let event = { (type: JSONValue, message: JSONValue, time: JSONValue) -> JSONValue in
            [
                "type": type, "message": message, "lastTimestamp": time,
                "involvedObject": ["name": "mysql", "kind": "StatefulSet"],
            ]
        }
        let outcome = try await Sample.look(
            "rollout: {ref: statefulset/mysql}",
            RecordedAPI([
                "\(Self.apps)/lab-xnonce/statefulsets/mysql": .success([
                    "metadata": ["name": "mysql", "generation": 1], "status": ["observedGeneration": 1],
                    "spec": ["replicas": 1, "selector": ["matchLabels": ["app": "mysql"]]],
                ]),
                "/api/v1/namespaces/lab-xnonce/pods": .success(["items": []]),
                "/api/v1/namespaces/lab-xnonce/events": .success([
                    "items": [
                        event("Warning", "exceeded quota", "2026-01-01T00:00:02Z"),
                        event("Warning", "older", "2026-01-01T00:00:01Z"),
                        event("Normal", "fine", "2026-01-01T00:00:03Z"),
                    ]
                ]),
            ]))
        #expect(outcome.evidence == ["none of its pods is there: exceeded quota"], "\(outcome)")
    }
}
