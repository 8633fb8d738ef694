internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Labs

/// Where labs are found.
struct LabPlace: ParsableArguments {
    @Option(help: "A folder of labs that do not come with martlet.", completion: .directory)
    var labs: String?

    /// All labs of the folder that was named, or of martlet's own.
    func library() throws -> LabLibrary {
        if let labs { return LabLibrary(folder: labs, isOwn: try labs.isOwnLabFolder()) }
        return LabLibrary(folder: try AssetLocator.standard.find("labs").get(), isOwn: true)
    }

    /// The lab with an id (capitals do not count), or in the folder that is given instead.
    ///
    /// - Throws: `Diagnostics` with everything that is wrong with its file; `lab.unknown`.
    func lab(_ word: String) throws -> Lab {
        if word.contains("/") || word == "." {
            let folder = word.hasSuffix("/" + LabReader.fileName) ? PathName.folder(of: word) : word
            let (lab, warnings) = try LabReader.load(folder: folder, isOwn: try folder.isInOwnLabFolder())
            Conversation.show(warnings)
            return lab
        }
        let entries = try library().entries
        guard let entry = entries.first(where: { $0.id.lowercased() == word.lowercased() }) else {
            let near =
                Suggestion.nearest(to: word.uppercased(), in: entries.map(\.id)).map { "did you mean \($0)? " } ?? ""
            throw Diagnostic(
                code: "lab.unknown", "there is no lab \(word)", hint: "\(near)`martlet lab list` shows all",
                exitCode: .usage)
        }
        guard let lab = entry.reading.lab else { throw Diagnostics(entry.reading.diagnostics) }
        return lab
    }
}

extension String {
    /// Whether this is the folder of the labs that come with martlet.
    fileprivate func isOwnLabFolder() throws -> Bool {
        guard case .success(let own) = AssetLocator.standard.find("labs") else { return false }
        func real(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
        return real(own) == real(self)
    }

    /// Whether this is the folder of such a lab.
    func isInOwnLabFolder() throws -> Bool {
        try PathName.folder(of: URL(fileURLWithPath: self).standardizedFileURL.path).isOwnLabFolder()
    }
}

/// Which cluster, and as whom.
struct LabClusterOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: "The cluster's spec, for labs that look at hosts (default: cluster.yaml if there is one).",
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @Option(help: "Your kubeconfig (default: $KUBECONFIG, else ~/.kube/config).", completion: .file())
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context, where there is no spec (default: its current one).")
    var context: String?

    @Option(
        help: "The folder in which you work, for labs about files and programs (default: the current one).",
        completion: .directory)
    var work: String?

    @Flag(help: "Let a lab that does not come with martlet run the programs that it names, and touch hosts.")
    var acceptCommands = false

    @Option(help: "Wait so many times as long as the checks say, for slow machines.")
    var slow = 1.0

    func validate() throws {
        guard slow >= 0.1, slow <= 100 else { throw ValidationError("--slow takes a factor from 0.1 to 100") }
    }
}

enum LabFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}
