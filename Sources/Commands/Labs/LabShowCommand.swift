internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Labs
internal import Reporting

struct LabShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "What a lab is about, or what one of its steps asks for.",
        discussion: """
            Once a lab was started, its variables are filled in.

            Example:
              martlet lab show E10
              martlet lab show E10 --step look
            """)

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @Option(help: "Only this step.")
    var step: String?

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    func run() async throws {
        let lab = try place.lab(id)
        let progress = (try? LabSession.clusterName(cluster, for: lab)).flatMap {
            LabSession.store.load(lab.id, cluster: $0)
        }
        if let step {
            guard let found = lab.step(step) else { throw Self.unknownStep(step, lab) }
            return print(LabShowView.step(found, of: lab, progress, on: .of(1)), terminator: "")
        }
        print(LabShowView.lab(lab, progress, on: .of(1)), terminator: "")
    }

    static func unknownStep(_ step: String, _ lab: Lab) -> Diagnostic {
        Diagnostic(
            code: "lab.unknown-step", "\(lab.id) has no step \(step)",
            hint: "its steps are \(lab.steps.map(\.id).joined(separator: ", "))", exitCode: .usage)
    }
}

struct LabExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "In plain words: what a check asks, what it expects and how it is proven.",
        discussion: """
            Example:
              martlet lab explain E10 nodes-ready
              martlet lab explain E10
            """)

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @Argument(help: "The check; without one all are explained.")
    var check: String?

    @OptionGroup var place: LabPlace

    func run() async throws {
        let lab = try place.lab(id)
        let all = lab.checks + lab.cleanup.checks
        guard let check else {
            var parts = all.map { LabExplainView.text($0, of: lab, on: .of(1)) }
            let reach = LabExplainView.reach(lab, on: .of(1))
            if !reach.isEmpty { parts.append(reach) }
            return print(parts.joined(separator: "\n"), terminator: "")
        }
        guard let found = lab.check(check) else {
            let near = Suggestion.nearest(to: check, in: all.map(\.id)).map { "did you mean \($0)?" }
            throw Diagnostic(
                code: "lab.unknown-check", "\(lab.id) has no check \(check)",
                hint: near ?? "its checks are \(all.map(\.id).joined(separator: ", "))", exitCode: .usage)
        }
        print(LabExplainView.text(found, of: lab, on: .of(1)), terminator: "")
    }
}
