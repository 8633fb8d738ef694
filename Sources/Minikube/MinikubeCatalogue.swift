internal import ClusterModel
internal import Diagnostics
package import Planning

/// All steps of a profile.
package enum MinikubeCatalogue {
    package static let definitions: [MinikubeStep] = [
        minikubePrograms, minikubeDriver, minikubeCluster, minikubeNodes, minikubeAddons,
    ]

    package static func definition(of id: String) -> MinikubeStep? {
        definitions.first { $0.id == id } ?? definitions.first { id.hasPrefix($0.prefix) }
    }

    /// The questions to the host that runs minikube, in one batch.
    package static func probes(for context: MinikubeContext) -> [(host: String, script: ProbeScript)] {
        var seen: Set<Probe> = []
        let all = context.probes.all + goals(for: context).flatMap { $0.ensure.map(\.probe) }
        return [(context.host.name, ProbeScript(all.filter { seen.insert($0).inserted }))]
    }

    static func goals(for context: MinikubeContext) -> [Goal] { definitions.flatMap { $0.goals(context) } }

    package static func plan(_ context: MinikubeContext, facts: Facts, specDigest: String) -> Plan {
        Planner.plan(
            cluster: context.spec.name, specDigest: specDigest,
            goals: [Planner.HostGoals(host: context.host.name, goals: goals(for: context))], facts: facts,
            diagnostics: MinikubePreflight.diagnostics(context))
    }
}

extension MinikubeStep {
    /// Steps of one kind for several things end with the thing's name: `minikube-addon-ingress`.
    fileprivate var prefix: String { id.hasSuffix("s") ? id.dropLast() + "-" : id + "-" }
}
