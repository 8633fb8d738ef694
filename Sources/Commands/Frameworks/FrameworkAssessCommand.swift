internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Functions
internal import KubernetesAPI
internal import Reporting

struct FrameworkAssessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assess",
        abstract: "Measure how a framework keeps the rules of the Serverless Compute Manifesto.",
        discussion: """
            Deploys small functions, kills an instance under load, raises the load, waits until nothing is asked, and takes all of it \
            away again. Each of the eight rules gets numbers; what could not be measured is unknown, with the reason. Takes some \
            minutes, and disturbs other functions as much as the load does.

            Exit status: 0 if nothing failed, also where something is unknown; 1 if a rule is broken.

            Example:
              martlet framework assess openfaas
              martlet framework assess openfaas --format json > monday.json
              martlet framework assess knative --compare monday.json --format html --output compared.html
            """)

    @Argument(help: "The framework.")
    var name: String

    @Option(help: "The runtime that is measured (default: one that starts fast).")
    var runtime: String?

    @Option(help: "An image with the runtime's interpreter, instead of the catalogue's.")
    var runtimeImage: String?

    @Option(help: "An image of your own that answers any request, to see that it runs.")
    var image: String?

    @Option(help: "The command that handles a request in that image, if it has a watchdog.")
    var command: String?

    @Option(
        help: "NAME=IMAGE, several times: an image with the interpreter of a language that the catalogue does not name."
    )
    var language: [String] = []

    @Option(help: "Requests at a time under load.")
    var workers = 20

    @Option(help: "How long the load lasts, in seconds.")
    var load = 45

    @Option(help: "What each request under load takes, in milliseconds.")
    var work = 200

    @Option(help: "How long nothing is asked, in seconds (default: 180, OpenWhisk 720).")
    var idle: Int?

    @Option(
        name: .customLong("compare"), parsing: .upToNextOption,
        help: "Other reports (--format json), of other frameworks or older ones.", completion: .file())
    var others: [String] = []

    @OptionGroup var cluster: ClusterChoice
    @OptionGroup var place: FrameworkPlace
    @OptionGroup var gateway: GatewayOptions

    @Option(help: "text, json or html.")
    var format: AssessFormat = .text

    @Option(name: [.short, .long], help: "Write to this file, whole or not at all.", completion: .file())
    var output: String?

    func validate() throws {
        guard (1...AssessLimits.mostWorkers).contains(workers) else {
            throw ValidationError("--workers takes a number from 1 to \(AssessLimits.mostWorkers)")
        }
        guard (5...3600).contains(load) else {
            throw ValidationError("--load takes a number of seconds from 5 to 3600")
        }
        guard (1...10_000).contains(work) else { throw ValidationError("--work takes 1 to 10000 milliseconds") }
        guard others.isEmpty || format != .json else {
            throw ValidationError("--compare is for text and html: json is one report, to compare others with")
        }
        guard command == nil || image != nil else { throw ValidationError("--command belongs to --image") }
        try PairWords.check(language, option: "--language", form: "NAME=IMAGE")
        if let idle, !(5...7200).contains(idle) {
            throw ValidationError("--idle takes a number of seconds from 5 to 7200")
        }
    }

    func run() async throws {
        let older = try others.map(Self.read)
        // Minutes later the report would be lost.
        if let output { try LocalWrite.check(output) }
        let options = FunctionOptions(framework: name, place, cluster, gateway)
        let report = try await Interruption.guarding(hint: "what was deployed was removed") { [options] in
            try await measure(options)
        }
        let terminal = output == nil ? Terminal.of(1) : Terminal(isInteractive: false, hasColour: false, columns: 100)
        var text: String
        switch format {
        case .json: text = AssessView.json(report)
        case .html: text = AssessPage.page(report, others: older)
        case .text:
            text = AssessView.text(report, on: terminal)
            if !older.isEmpty { text += "\n" + AssessView.comparison([report] + older, on: terminal) }
        }
        try Self.deliver(text, to: output)
        guard report.count(.fail) == 0 else { throw ProgramExit(code: .failed) }
    }

    private func measure(_ options: FunctionOptions) async throws -> AssessReport {
        let session = try FunctionSession(options)
        return try await session.closing {
            let clock = ContinuousClock()
            let start = clock.now
            let (opened, client) = try await session.kubernetes()
            guard let found = try await session.found().first else {
                throw Diagnostic(
                    code: "assess.not-installed", "\(name) runs no functions in this cluster", exitCode: .usage)
            }
            let more = FunctionDeployCommand.pairs(language).sorted { $0.key < $1.key }.map {
                FunctionRuntime(id: $0.key, language: $0.key, image: $0.value)
            }
            var site = found.site
            site.runtimes += more
            let platform = try session.platform(site)
            let probe = try AssessProbe.make(
                site, runtimes: try await FunctionPlatforms.runtimes(of: platform), assets: session.assets,
                runtime: runtime, runtimeImage: runtimeImage, image: image, command: command)
            let limits = AssessLimits(
                workers: workers, load: .seconds(load), work: work,
                idle: .seconds(idle ?? (found.site.adapter == .openwhisk ? 720 : 180)))
            let objects = FunctionObjects(session.client.cluster)
            let facts = try await Assessment(platform, objects, probe: probe, limits: limits, say: Conversation.say)
                .run()
            let version = try? await client.value("/version")
            let nodes = (try? await objects.list("/api/v1/nodes"))?.count ?? 0
            let door = try? await FunctionPlatforms.door(of: platform)?.text
            return AssessReport(
                framework: found.site.framework, channel: found.channel, version: found.version, cluster: opened.name,
                time: Date().formatted(.iso8601), seconds: (clock.now - start) / .seconds(1),
                conditions: .init(
                    kubernetes: version?["gitVersion"]?.string ?? "", nodes: nodes, function: probe.name,
                    workers: workers, loadSeconds: Double(load), workMilliseconds: work,
                    idleSeconds: limits.idle / .seconds(1), door: door ?? "the API server's proxy"),
                rules: AssessJudgement.rules(facts, limits))
        }
    }

    /// What took minutes is not thrown away where the file cannot be written: it goes to standard output then.
    static func deliver(
        _ text: String, to output: String?, print: (String) -> Void = { Swift.print($0, terminator: "") }
    )
        throws
    {
        guard let output else { return print(text) }
        do { try LocalWrite.replace(output, with: Data(text.utf8)) } catch {
            print(text)
            throw error
        }
    }

    private static func read(_ path: String) throws -> AssessReport {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Diagnostic(code: "file.missing", "`\(path)` cannot be read", exitCode: .invalid)
        }
        guard let report = try? JSONDecoder().decode(AssessReport.self, from: data),
            report.formatVersion == AssessReport.currentVersion
        else {
            throw Diagnostic(
                code: "assess.report", "`\(path)` is no report of `martlet framework assess --format json`",
                hint: "measure again with this version of martlet", exitCode: .invalid)
        }
        return report
    }
}

enum AssessFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case html
}
