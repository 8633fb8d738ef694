/// What is noted on a host when a large file has been copied and verified, so that later runs need not read it again.
///
/// A record holds as long as size, change time and inode are those of the moment of the copy: writing to the file, replacing
/// or restoring it changes at least one of them, and no ordinary program can set the change time.
package enum BlobRecord {
    package static let folder = "/var/lib/martlet/blobs"

    /// One record per file; named by the path with `/` as `%`.
    package static func path(for blobPath: String) -> String {
        folder + "/" + blobPath.map { $0 == "/" ? "%" : String($0) }.joined()
    }

    /// A command that writes the record of a file whose digest was just verified.
    package static func command(path: String, sha256: String) -> String {
        let record = Shell.quote(Self.path(for: path))
        return """
            mkdir -p \(folder)
            stat -c '%s %Z %i|\(sha256)|%n' -- \(Shell.quote(path)) > \(record).new && mv \(record).new \(record)
            """
    }

    static func answers(stat: [Substring], records: [Substring]) -> [String: FactValue] {
        var recorded: [Substring: (state: Substring, sha256: Substring)] = [:]
        for line in records {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            recorded[fields[2]] = (fields[0], fields[1])
        }
        var answers: [String: FactValue] = [:]
        for line in stat {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            guard fields.count == 5, let path = fields.last else { continue }
            let known = recorded[path].flatMap { $0.state == fields[0] ? $0.sha256 : nil }
            let mode = ProbeScript.padded(fields[1])
            answers[String(path)] = .present("file \(mode) \(fields[2]) \(fields[3]) \(known ?? "unrecorded")")
        }
        return answers
    }
}
