internal import Diagnostics
internal import Foundation
internal import Planning
internal import Synchronization

/// What was done, when: JSON lines, appended and synced one by one.
///
/// For audit and for explaining drift; it never overrules a probe. Holds no value of a slot and no output of a command.
package final class Journal: Sendable {
    package enum Event: String, Sendable, Codable {
        case runStarted = "run-started"
        case started
        case copied
        case finished
        case runFinished = "run-finished"
    }

    private struct Line: Codable {
        var time: String
        var run: String
        var event: Event
        var step: String?
        var outcome: String?
    }

    private let file: Mutex<FileHandle>
    private let run: String

    /// Opens or makes `journal/CLUSTER.jsonl` below `folder`; 0600.
    package init(folder: String, cluster: String) throws {
        let directory = folder + "/journal"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let path = directory + "/\(cluster).jsonl"
        // O_APPEND, so that two runs at once cannot write over each other's lines.
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Diagnostic(
                code: "journal.unwritable", "the journal \(path) cannot be written", hint: "check its owner and mode",
                exitCode: .lacking)
        }
        file = Mutex(FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
        run = String(UInt64.random(in: .min ... .max), radix: 36)
    }

    package func record(_ event: Event, step: String? = nil, outcome: String? = nil) {
        let line = Line(
            time: Date.now.formatted(.iso8601), run: run, event: event, step: step, outcome: outcome)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard var data = try? encoder.encode(line) else { return }
        data.append(UInt8(ascii: "\n"))
        file.withLock { handle in
            // A full disk must not stop an apply whose state is on the hosts; the next line tries again.
            try? handle.write(contentsOf: data)
            try? handle.synchronize()
        }
    }
}
