internal import ArgumentParser
internal import Bundles
internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Planning

/// Reads, validates and plans without asking a host: what planning costs by itself.
struct MeasurePlan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Plan with no facts; prints the number of steps.")

    @Option(name: [.customShort("f"), .customLong("file")], help: "A spec whose source is a bundle.")
    var file: String

    func run() throws {
        let loaded = try SpecLoading.load(file)
        guard case .bundle(let path) = loaded.spec.kubernetes.source else {
            throw Diagnostic(code: "measure.source", "the spec's source is no bundle", exitCode: .usage)
        }
        let release = try OfflineBundle.open(path).release
        let context = ClusterContext(spec: loaded.spec, release: release, facts: Facts())
        let plan = ClusterCatalogue.plan(context, facts: Facts(), specDigest: loaded.digest)
        print("\(loaded.spec.hosts.count) hosts, \(plan.steps.count) steps")
    }
}
