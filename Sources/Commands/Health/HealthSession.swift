internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Foundation
internal import Health
internal import KubernetesAPI
internal import Planning
internal import Transports
internal import WebClient

/// What is to be judged, and by which probes.
struct HealthRequest {
    enum Target {
        case spec(String)
        /// nil: $KUBECONFIG or ~/.kube/config.
        case kubeconfig(String?, context: String?)
    }

    var target: Target
    /// Catalogues beside the default one.
    var profiles: [HealthProfile] = []
    var only: [String] = []
    var skip: [String] = []
    /// By probe and limit.
    var overrides: [String: [String: Double]] = [:]
    /// nil: only read.
    var active: ActiveOptions?
    /// Control planes may be taken away for a while.
    var isDisruptive = false
}

/// One verdict: gather from hosts and API, judge, report.
enum HealthSession {
    static func judge(_ request: HealthRequest) async throws -> HealthReport {
        let start = ContinuousClock.now
        switch request.target {
        case .kubeconfig(let path, let context):
            let probes = try chosen([], request)
            let (access, warnings) = try Kubeconfig.load(paths: path.map { [$0] }, context: context)
            Conversation.show(warnings)
            return try await report(request, probes, access: access, name: access.context, hosts: [], since: start)
        case .spec(let path):
            let loaded = try SpecLoading.load(path)
            Conversation.show(loaded.warnings)
            let fleet = Fleet(
                transport: ClusterDrivers.transport(for: loaded.spec), hosts: loaded.spec.machinesOfDriver,
                // Nobody may change a control plane while others are taken away.
                lock: request.isDisruptive ? LockHolder.current() : nil)
            let report: HealthReport
            do {
                let spec = await PoolView.narrowed(loaded.spec, fleet)
                report = try await judge(request, spec, fleet, since: start)
            } catch {
                await fleet.close()
                throw error
            }
            await fleet.close()
            return report
        }
    }

    /// The verdict over connections that are there already; the fleet stays open.
    static func judge(
        _ request: HealthRequest, _ spec: ClusterSpec, _ fleet: Fleet, since start: ContinuousClock.Instant = .now
    ) async throws -> HealthReport {
        if spec.kubernetes.driver == .minikube { return try await judgeMinikube(request, spec, fleet, since: start) }
        let blank = spec.hosts.map { HealthHost($0) }
        let probes = try chosen(blank, request)
        let route = await ClusterRoute.find(spec, fleet, probes: probes)
        return try await report(
            request, probes, access: route.access, name: spec.name, endpoint: spec.endpoint.address, hosts: route.hosts,
            fleet: fleet, detour: route.detour, since: start)
    }

    /// Through the API only: probes of hosts know the files of kubeadm, and are skipped as they are for a kubeconfig.
    private static func judgeMinikube(
        _ request: HealthRequest, _ spec: ClusterSpec, _ fleet: Fleet, since start: ContinuousClock.Instant
    ) async throws -> HealthReport {
        let probes = try chosen([], request)
        let (access, detour) = await MinikubeRoute.access(spec, fleet)
        guard let access else {
            throw Diagnostic(
                code: "health.no-cluster", "minikube has no kubeconfig of this profile", hint: "run `martlet status`",
                exitCode: .unreachable)
        }
        return try await report(
            request, probes, access: access, name: spec.name, hosts: [], detour: detour, since: start)
    }

    static func status(of verdict: HealthStatus, strict: Bool) -> ExitStatus {
        switch verdict {
        case .pass, .skipped: .done
        case .warn: strict ? .failed : .done
        case .fail, .unknown: .failed
        }
    }

    private static func chosen(_ peers: [HealthHost], _ request: HealthRequest) throws -> [HealthProbe] {
        var probes = HealthCatalogue.passive(peers: peers) + HealthCatalogue.profiles(request.profiles)
        if request.active != nil { probes += HealthCatalogue.active }
        if request.isDisruptive { probes += HealthCatalogue.disruptive }
        do {
            return try HealthCatalogue.choose(probes, only: request.only, skip: request.skip)
        } catch let unknown as HealthCatalogue.UnknownPattern {
            let pattern = unknown.pattern
            for (probes, flag) in [(HealthCatalogue.active, "--active"), (HealthCatalogue.disruptive, "--disruptive")]
            where probes.contains(where: { HealthCatalogue.matches(pattern, $0) }) {
                throw HealthListing.needs(flag, for: pattern)
            }
            throw HealthListing.unknown(unknown.pattern)
        }
    }

    private static func report(
        _ request: HealthRequest, _ probes: [HealthProbe], access: KubernetesAccess?, name: String,
        endpoint: String = "", hosts: [HealthHost], fleet: Fleet? = nil, detour: APIRoute.Detour? = nil,
        since start: ContinuousClock.Instant
    ) async throws -> HealthReport {
        var evidence = HealthEvidence(now: Date(), hosts: hosts)
        evidence.endpoint = endpoint
        var traffic = (calls: 0, bytes: 0)
        if let access {
            let collector = APICollector(access: access)
            let needs = probes.reduce(into: Set<APIList>()) { $0.formUnion($1.needs) }
            let (api, now) = await collector.collect(needs.union([.nodes]))
            evidence.api = api
            evidence.now = now ?? evidence.now
            let active = Set(probes.filter { $0.kind == .active }.map(\.id)).subtracting([ControlPlaneLoss.id])
            if let options = request.active, !active.isEmpty {
                evidence.active = try await ActiveRun(collector.client, probes: active, options: options).run()
            }
            // After all that measures: it disturbs.
            if let fleet, probes.contains(where: { $0.id == ControlPlaneLoss.id }) {
                await ControlPlaneLossTrial(access, controlPlanes: evidence.controlPlanes) { host, script in
                    let results = try await fleet.connection(to: host).run(
                        [RemoteCommand(script)], timeout: .seconds(60))
                    guard let result = results.first, result.status != 0 else { return }
                    throw Diagnostic(code: "health.not-stopped", result.errorOutput, exitCode: .failed)
                }.run(into: &evidence.active)
            }
            traffic = (collector.client.traffic.calls, collector.client.traffic.bytes)
        } else {
            evidence.api = .unreachable("no control plane has a kubeconfig that could be read")
            evidence.active = .unmeasured("no control plane has a kubeconfig that could be read")
        }
        let findings = HealthEvaluation.findings(probes, evidence, overrides: request.overrides)
        return HealthReport(
            cluster: name, endpoint: (access?.server ?? "") + (detour.map { " over SSH to \($0.host)" } ?? ""),
            time: KubernetesTime.text(evidence.now),
            members: members(evidence), findings: findings,
            cost: .init(
                seconds: (ContinuousClock.now - start).inSeconds, apiCalls: traffic.calls, apiBytes: traffic.bytes,
                hosts: hosts.count))
    }

    /// Nodes of the API, and hosts that are no nodes.
    private static func members(_ evidence: HealthEvidence) -> [HealthReport.Member] {
        let nodes = (try? evidence.api.nodes.get()) ?? []
        let known = Set(nodes.map(\.name))
        let strangers = evidence.hosts.filter { !known.contains($0.name) }
        return nodes.map {
            HealthReport.Member(
                name: $0.name, roles: [$0.isControlPlane ? "control-plane" : "worker"], address: $0.address,
                version: $0.version)
        }
            + strangers.map {
                HealthReport.Member(
                    name: $0.name, roles: [$0.isControlPlane ? "control-plane" : "worker"], address: $0.address,
                    version: "")
            }
    }
}
