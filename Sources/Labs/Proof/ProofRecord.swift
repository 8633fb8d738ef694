package import Diagnostics
internal import Digests
package import Foundation
internal import Planning

/// What is kept of a proof beside its lab: the content for which it holds, where it was made, and what was caught.
package struct ProofRecord: Sendable, Hashable, Codable {
    package static let fileName = "proof.json"

    package var formatVersion = 1
    package var id: String
    /// Digest of the lab's files, as `digest(ofFolder:)` computes it.
    package var files: String
    /// As the server said it; nil for labs without a cluster.
    package var kubernetes: String?
    /// ISO 8601, of the day.
    package var date: String
    /// Sabotages that were caught, in the order of the lab.
    package var sabotages: [String]
    package var seconds: Int

    /// - Throws: `Diagnostic` if the report proves nothing, or the lab's files cannot be read.
    package init(_ report: ProofReport, of lab: Lab, on day: Date) throws {
        guard report.proven else {
            throw Diagnostic(
                code: "lab.not-proven", "\(lab.id) is not proven, so that there is nothing to record",
                hint: "mend the lab as the report says", exitCode: .failed)
        }
        id = lab.id
        files = try Self.digest(ofFolder: lab.origin.folder)
        kubernetes = report.kubernetes
        date = String(day.formatted(.iso8601).prefix(10))
        sabotages = report.sabotages.map(\.id)
        seconds = Int(report.seconds.rounded())
    }

    /// `proven on Kubernetes v1.20.2, 2026-11-29: 7 sabotages caught`.
    package var words: String {
        let place = kubernetes.map { "on Kubernetes \($0)" } ?? "without a cluster"
        return "proven \(place), \(date): \(sabotages.count) \(sabotages.count == 1 ? "sabotage" : "sabotages") caught"
    }

    /// What is known of a lab: nil if it was never proven, or has changed since.
    package static func valid(for lab: Lab) -> ProofRecord? {
        let folder = lab.origin.folder
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(fileName)"),
            let record = try? JSONDecoder().decode(ProofRecord.self, from: data), record.id == lab.id,
            let files = try? digest(ofFolder: folder), files == record.files
        else { return nil }
        return record
    }

    /// A warning unless the lab is proven as it stands.
    package static func warning(for lab: Lab) -> Diagnostic? {
        guard valid(for: lab) == nil else { return nil }
        let path = "\(lab.origin.folder)/\(fileName)"
        let isOld = FileManager.default.fileExists(atPath: path)
        return Diagnostic(
            .warning, code: "lab.unproven",
            isOld ? "\(lab.id) has changed since it was proven" : "no proof of \(lab.id) is recorded",
            hint: "run `martlet lab prove \(lab.id) --record` on a cluster that is there for it",
            location: SourceLocation(file: "\(lab.origin.folder)/\(LabReader.fileName)", line: 1, column: 1))
    }

    /// SHA-256 over the paths and digests of all files of a lab but the record itself, in the order of their paths.
    ///
    /// - Throws: `Diagnostic` if a file cannot be read.
    package static func digest(ofFolder folder: String) throws -> String {
        let paths = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).sorted()
        var lines = ""
        for path in paths where path != fileName {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder) else { continue }
            if isFolder.boolValue { continue }
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(path)") else {
                throw Diagnostic(
                    code: "file.unreadable", "\(folder)/\(path) cannot be read", hint: "check its permissions",
                    exitCode: .lacking)
            }
            lines += "\(data.withUnsafeBytes { Digest.sha256($0) })  \(path)\n"
        }
        return Digest.sha256(lines)
    }
}
