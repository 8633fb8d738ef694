import KubernetesAPI
import Testing

@testable import Health

@Suite struct DeprecatedRequestTests {
    private func sample(_ name: String, _ labels: [String: String]) -> MetricsText.Sample {
        .init(name: name, labels: labels, value: 1)
    }

    private func asked(_ group: String, _ resource: String) -> MetricsText.Sample {
        sample(
            "apiserver_requested_deprecated_apis",
            ["group": group, "version": "v1beta1", "resource": resource, "removed_release": "1.22"])
    }

    private func request(_ group: String, _ resource: String, _ verb: String) -> MetricsText.Sample {
        sample("apiserver_request_total", ["group": group, "version": "v1beta1", "resource": resource, "verb": verb])
    }

    @Test func theControlPlanesOwnWatchesCountOnlyIfSomebodyElseTouchesTheResource() {
        let own = [
            asked("extensions", "ingresses"), request("extensions", "ingresses", "LIST"),
            request("extensions", "ingresses", "WATCH"), request("extensions", "ingresses", "DELETECOLLECTION"),
            request("extensions", "ingresses", "DELETE"),
        ]
        #expect(DeprecatedRequest.read(own).isEmpty)
        let touched = DeprecatedRequest.read(own + [request("extensions", "ingresses", "GET")])
        #expect(touched == [DeprecatedRequest(name: "extensions/v1beta1 ingresses", removedRelease: "1.22")])
    }

    @Test func everyOtherListCounts() {
        let found = DeprecatedRequest.read([
            asked("networking.k8s.io", "ingresses"), asked("networking.k8s.io", "ingresses"),
        ])
        #expect(found.map(\.name) == ["networking.k8s.io/v1beta1 ingresses"])
    }
}
