internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Foundation
internal import Health
internal import Planning

/// Asks all hosts the questions of all probes, in one batch each.
struct HostSurvey {
    let fleet: Fleet
    let probes: [HealthProbe]

    /// Answered last, so that its answer is as old as the way back.
    static let clock = Probe.script("health.time", "date +%s.%N")

    func ask(_ hosts: [HealthHost]) async -> [HealthHost] {
        await withTaskGroup(of: HealthHost.self) { group in
            for host in hosts { group.addTask { await ask(host) } }
            var answered: [String: HealthHost] = [:]
            for await host in group { answered[host.name] = host }
            return hosts.compactMap { answered[$0.name] }
        }
    }

    private func ask(_ host: HealthHost) async -> HealthHost {
        var host = host
        var questions: [Probe] = host.isControlPlane ? [KubeconfigFinding.question] : []
        for probe in probes where host.isControlPlane || !probe.isForControlPlanesOnly {
            for question in probe.questions where !questions.contains(question) { questions.append(question) }
        }
        let script = ProbeScript(questions + [Self.clock])
        do {
            let connection = try await fleet.connection(to: host.name)
            let results = try await connection.run(
                [RemoteCommand(script.text, mayBeSeen: true)], timeout: .seconds(30))
            let arrival = Date().timeIntervalSince1970
            let answers = results.first.map { script.answers(in: $0.output) } ?? [:]
            host.facts = HostFacts(answers: answers)
            host.clockOffset = answers[Self.clock]?.text.flatMap(Double.init).map { Self.certain($0 - arrival) }
        } catch {
            host.problem = (error as? Diagnostic)?.summary ?? "\(error)"
        }
        return host
    }

    /// The part of an offset that the way of the answer and a busy machine cannot explain.
    private static func certain(_ offset: Double) -> Double {
        let doubt = HealthHost.clockDoubt
        return offset.magnitude <= doubt ? 0 : offset < 0 ? offset + doubt : offset - doubt
    }
}

extension HealthHost {
    init(_ host: HostSpec) {
        self.init(
            name: host.name, address: host.internalAddress, isControlPlane: host.roles.contains(.controlPlane))
    }
}
