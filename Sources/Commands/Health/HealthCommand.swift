internal import ArgumentParser
internal import ClusterModel
internal import Diagnostics
internal import Foundation
internal import Health
internal import Reporting

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "One verdict about a cluster, from its API and its hosts.",
        discussion: """
            Asks the API and, with a spec, every host over SSH; writes nothing anywhere (but see --active). Works on any cluster that a kubeconfig \
            leads to; what only hosts know is then skipped. What cannot be measured is unknown, never a pass.

            With --active it also makes a namespace martlet-health-... with a pod on every node, measures from there what only \
            pods can tell, and removes it again, when it is interrupted, too. With --disruptive it asks for the cluster's name and then \
            also stops the API server and etcd of one control plane after another, while the endpoint must go on answering.

            Exit status: 0 for pass and warn (1 for warn with --strict), 1 for fail and unknown.

            Example:
              martlet health
              martlet health --kubeconfig ~/.kube/config --context prod --format html --output health.html
              martlet health --only etcd,certificates --verbose
              martlet health --active --only network,dns
              martlet health --profile production --profile cis --skip cis.5
              martlet health --explain node.lease
            """)

    @Option(
        name: [.customShort("f"), .customLong("file")], help: "The cluster's spec (default: cluster.yaml).",
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @Option(help: "Judge the cluster of this kubeconfig instead, without access to hosts.", completion: .file())
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context (default: its current one).")
    var context: String?

    @Flag(
        help: "Only read; or make a namespace of its own and measure in it, too; or also stop control planes in turn.")
    var mode: HealthMode = .passive

    @Option(help: "With --disruptive: the cluster's name, instead of being asked for it.")
    var confirm: String?

    @Option(help: "With --active: an image with a BusyBox shell (default: one that the nodes have, else docker.io's).")
    var image: String?

    @Option(help: "With --active: a name outside of the cluster that pods must be able to resolve.")
    var externalName: String?
    @Option(help: "Also judge how the cluster is set up: \(HealthProfile.names); may be given several times.")
    var profile: [HealthProfile] = []

    @Option(help: "Only these probes: ids, beginnings of ids, groups or kinds, separated by commas.")
    var only: String?

    @Option(help: "All but these.")
    var skip: String?

    @Option(help: "A file with limits of your own (see --explain for their names).", completion: .file())
    var thresholds: String?

    @Option(help: "text, json, jsonl, junit, prometheus or html.")
    var format: HealthFormat = .text

    @Option(name: [.short, .long], help: "Write to this file, whole or not at all.", completion: .file())
    var output: String?

    @Option(
        name: .customLong("older"), parsing: .upToNextOption,
        help: "Older reports (--format json), for the history of the page.", completion: .file())
    var older: [String] = []

    @Flag(help: "Show what passed, too.")
    var verbose = false

    @Flag(help: "A warning is a failure: exit status 1.")
    var strict = false

    @Option(help: "Judge again every so many seconds, until interrupted.")
    var watch: Int?

    @Flag(help: "List all probes and ask nothing.")
    var list = false

    @Option(help: "Tell what a probe does, why it matters and which limits it has.")
    var explain: String?

    func validate() throws {
        guard file == nil || kubeconfig == nil else {
            throw ValidationError("--file and --kubeconfig exclude each other")
        }
        guard context == nil || kubeconfig != nil || file == nil else {
            throw ValidationError("--context belongs to a kubeconfig")
        }
        guard mode != .disruptive || (kubeconfig == nil && watch == nil) else {
            throw ValidationError("--disruptive needs a spec, for the way to the hosts, and runs once")
        }
        guard mode == .disruptive || confirm == nil else { throw ValidationError("--confirm belongs to --disruptive") }
        guard mode != .passive || (image == nil && externalName == nil) else {
            throw ValidationError("--image and --external-name belong to --active")
        }
        if let externalName {
            let isName = externalName.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-.".contains($0)) }
            guard isName, !externalName.isEmpty, !externalName.hasPrefix("-") else {
                throw ValidationError("--external-name takes a DNS name")
            }
        }
        if let watch, watch < 1 { throw ValidationError("--watch takes a number of seconds from 1 on") }
        guard older.isEmpty || format == .html else { throw ValidationError("--older belongs to --format html") }
    }

    func run() async throws {
        if list { return print(HealthListing.text(format, profiles: profile), terminator: "") }
        if let explain { return print(try HealthListing.explanation(of: explain), terminator: "") }
        let reports = try older.map(OlderReport.load)
        let request = HealthRequest(
            target: try target(), profiles: profile, only: words(only), skip: words(skip),
            overrides: try ThresholdFile.load(thresholds),
            active: mode == .passive ? nil : ActiveOptions(image: image, externalName: externalName),
            isDisruptive: mode == .disruptive)
        if mode == .disruptive { try approve(request) }
        repeat {
            let report = try await judge(request)
            try show(report, older: reports)
            guard let watch else {
                return try ProgramExit.leave(with: HealthSession.status(of: report.verdict, strict: strict))
            }
            try await Task.sleep(for: .seconds(watch))
        } while true
    }

    private func approve(_ request: HealthRequest) throws {
        guard case .spec(let path) = request.target else {
            throw ValidationError("--disruptive needs a spec, for the way to the hosts")
        }
        let name = try SpecLoading.load(path).spec.name
        try NameConfirmation.require(
            name, given: confirm,
            warning: "This stops the API server and etcd of each control plane of \(name) in turn, for some seconds.",
            code: "health")
    }

    /// An interruption of active probes must still remove what they made; one that only reads may end at once.
    private func judge(_ request: HealthRequest) async throws -> HealthReport {
        guard request.active != nil else { return try await HealthSession.judge(request) }
        return try await Interruption.guarding(hint: "what the probes had made was removed") {
            try await HealthSession.judge(request)
        }
    }

    private func target() throws -> HealthRequest.Target {
        if let file { return .spec(file) }
        if let kubeconfig { return .kubeconfig(kubeconfig, context: context) }
        if context == nil, FileManager.default.fileExists(atPath: "cluster.yaml") { return .spec("cluster.yaml") }
        return .kubeconfig(nil, context: context)
    }

    private func words(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    private func show(_ report: HealthReport, older: [HealthReport]) throws {
        let terminal =
            output == nil ? Terminal.of(1) : Terminal(isInteractive: false, hasColour: false, columns: 80)
        let text =
            switch format {
            case .text: HealthOutput.text(report, on: terminal, verbose: verbose)
            case .json: HealthOutput.json(report)
            case .jsonl: HealthOutput.jsonLines(report)
            case .junit: HealthOutput.junit(report)
            case .prometheus: HealthOutput.prometheus(report)
            case .html: HealthOutput.html(report, older: older)
            }
        if let output {
            try LocalWrite.replace(output, with: Data(text.utf8))
        } else {
            if watch != nil, format == .text, terminal.isInteractive { print("\u{1b}[H\u{1b}[2J", terminator: "") }
            print(text, terminator: "")
            fflush(nil)
        }
    }
}

enum HealthMode: String, EnumerableFlag {
    case passive
    case active
    case disruptive
}

extension HealthProfile: ExpressibleByArgument {
    static var names: String { allCases.map(\.rawValue).joined(separator: " or ") }
}

enum HealthFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case jsonl
    case junit
    case prometheus
    case html
}
