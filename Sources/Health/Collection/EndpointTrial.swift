internal import Diagnostics
internal import KubernetesAPI

/// Small requests through the endpoint: ten over connections of their own, then ten over one.
///
/// New connections show a balancer that leads into the void; the others show how fast the API answers.
struct EndpointTrial {
    let access: KubernetesAccess

    init(_ access: KubernetesAccess) { self.access = access }

    func run() async -> APIServerState {
        let address = access.server.split(separator: "/").dropFirst().first.map(String.init) ?? access.server
        var state = APIServerState(address: address, isEndpoint: true)
        for _ in 0..<10 {
            await ask(KubernetesClient(access, timeouts: .trial), &state, isTimed: false)
            if state.failures > 2 { return state }
        }
        let client = KubernetesClient(access, timeouts: .trial)
        await ask(client, &state, isTimed: false)
        for _ in 0..<10 { await ask(client, &state, isTimed: true) }
        return state
    }

    private func ask(_ client: KubernetesClient, _ state: inout APIServerState, isTimed: Bool) async {
        let start = ContinuousClock.now
        do {
            _ = try await client.text("/livez/ping")
            state.answers += 1
            if isTimed { state.latencies.append((ContinuousClock.now - start).inSeconds) }
        } catch {
            state.failures += 1
            if state.failedChecks.count < 3 { state.failedChecks.append(error.diagnostic.summary) }
        }
    }
}

extension Duration {
    /// Whole and broken.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}

extension KubernetesTimeouts {
    /// One attempt and a short one: a repetition would hide what is being asked.
    static let trial = KubernetesTimeouts(
        connect: .seconds(3), silence: .seconds(4), total: .seconds(5), attempts: 1)
}
