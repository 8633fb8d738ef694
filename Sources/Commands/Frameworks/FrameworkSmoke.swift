internal import Diagnostics
internal import Foundation
internal import Frameworks
internal import Functions
internal import KubernetesAPI
internal import WebClient

/// The smoke test of a framework's file, carried out on an installation.
enum FrameworkSmoke {
    /// - Throws: `framework.no-smoke` if the file has none, before anything is installed.
    static func require(_ framework: Framework) throws -> (test: SmokeTest, section: FunctionSection) {
        guard let test = framework.smoke, let section = framework.function else {
            throw Diagnostic(
                code: "framework.no-smoke", "\(framework.title) has no smoke test in its file",
                hint: "install it without --smoke", exitCode: .usage)
        }
        return (test, section)
    }

    static func run(_ release: FrameworkRelease, _ session: FrameworkSession) async throws {
        let (test, section) = try require(release.framework)
        let site = try FunctionSites.site(release, section)
        let cluster = ClusterCalls(session.client, fieldManager: "martlet")
        let inside = InsideClients { [proxy = session.proxy] in proxy }
        let client = DoorClient(
            cluster: cluster, web: WebClient(), insecureWeb: WebClient(WebSettings(isInsecure: true)),
            inside: { await inside.client(isInsecure: $0) })
        let manifests = try AssetLocator.standard.find("manifests").get()
        let platform = FunctionPlatforms.make(
            site, client, assets: FunctionAssets(folder: manifests + "/functions"),
            environment: ProcessInfo.processInfo.environment)
        let invocation = Invocation(
            method: WebRequest.Method(rawValue: test.method.uppercased()) ?? .post, body: Array((test.body ?? "").utf8))
        Conversation.say("smoke test: \(FunctionSmoke.name) is deployed, asked and removed")
        let outcome = try await FunctionSmoke(
            platform, FunctionObjects(cluster), order: try order(test, release, site), invocation: invocation,
            expected: FunctionSmoke.Expectation(status: test.status, text: test.contains), deadline: test.deadline
        ).run()
        Conversation.say(
            "smoke test passed: ready after \(tenths(outcome.ready)) s, answered \(tenths(outcome.answered)) s later"
                + (outcome.requests > 1 ? ", at request \(outcome.requests)" : ""))
    }

    private static func order(
        _ test: SmokeTest, _ release: FrameworkRelease, _ site: FunctionSite
    ) throws -> FunctionOrder {
        var order = FunctionOrder(
            name: FunctionSmoke.name, code: .image(""), runtime: test.runtime, command: test.command)
        guard let text = test.source else {
            order.code = .image(release.fill(test.image ?? ""))
            return order
        }
        let path = "\(release.framework.folder)/\(text)"
        if !text.contains("\n"), FileManager.default.fileExists(atPath: path) {
            order.code = .source(try SourceReader.read(path, limit: site.sourceLimit, framework: site.framework))
            return order
        }
        let language = site.runtimes.first { $0.id == test.runtime }?.language ?? test.runtime ?? ""
        let file = "smoke.\(SourceReader.ending(of: language) ?? "txt")"
        order.code = .source(
            SourcePackage(files: [.init(path: file, bytes: Array(text.utf8))], main: file, isFolder: false))
        return order
    }

    private static func tenths(_ duration: Duration) -> String {
        let tenths = Int(duration / .milliseconds(100))
        return "\(tenths / 10).\(tenths % 10)"
    }
}
