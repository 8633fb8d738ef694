internal import Diagnostics
internal import Planning

/// Renders the actions of a step, between copies of blobs, as one script, so that they cost one round trip.
struct StepScript {
    /// One line per action that ended: `\u{1e}INDEX STATUS`.
    private static let mark: Character = "\u{1e}"

    private let actions: [Action]

    /// - Parameter actions: none of them a `putBlob`.
    init(_ actions: [Action]) { self.actions = actions }

    /// - Parameter terminator: a word that occurs in none of the texts; ends the here-documents.
    func render(terminator: String) -> String {
        var script = """
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive
            export PATH LC_ALL DEBIAN_FRONTEND
            umask 022
            # The reader may vanish between two actions; that must not end the script between them.
            trap '' PIPE

            """
        for (index, action) in actions.enumerated() {
            let (text, input) = Self.command(for: action)
            script += "(\nset -eu\n\(text)\n) "
            if input.isEmpty {
                script += "</dev/null\n"
            } else {
                script += "<<'\(terminator)'\n\(input)\(input.hasSuffix("\n") ? "" : "\n")\(terminator)\n"
            }
            script += "s=$?; printf '\\036\(index) %d\\n' $s; [ $s -eq 0 ] || exit $s\n"
        }
        return script
    }

    private static func command(for action: Action) -> (text: String, input: String) {
        switch action {
        case .putFile(let path, let mode, let text): (putFile(path, mode, size: text.utf8.count), text)
        case .script(let script): (script.text, script.input)
        case .putBlob(let path, _, _): ("echo 'internal error: \(path) must be copied' >&2; exit 70", "")
        }
    }

    /// Temporary name in the same folder, sync, rename: a reader sees the old file or the new one, also after a power
    /// cut.
    ///
    /// The size is given because a here-document always ends with a newline, and the file need not.
    private static func putFile(_ path: String, _ mode: Int, size: Int) -> String {
        let folder = Shell.quote(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        let target = Shell.quote(path)
        let temporary = Shell.quote(path + ".martlet-new")
        return """
            mkdir -p \(folder)
            rm -f \(temporary)
            (umask 077; head -c \(size) > \(temporary))
            chmod \(String(mode, radix: 8)) \(temporary)
            sync \(temporary)
            mv -f \(temporary) \(target)
            """
    }

    struct Outcome {
        /// Standard output of each action that ended with status 0, by its index among the actions.
        var outputs: [String]
        /// Index and status of the action that failed; nil if all ended well.
        var failure: (index: Int, status: Int32)?
    }

    /// Reads what the script printed.
    ///
    /// An output that breaks off counts as a failure of the action under way.
    func outcome(of output: String) -> Outcome {
        var outputs: [String] = []
        var rest = Substring(output)
        while outputs.count < actions.count {
            guard let mark = rest.firstIndex(of: Self.mark) else {
                return Outcome(outputs: outputs, failure: (outputs.count, -1))
            }
            let text = rest[..<mark]
            let line = rest[rest.index(after: mark)...].prefix { $0 != "\n" }
            let fields = line.split(separator: " ")
            let isWhole = line.endIndex < rest.endIndex && fields.count == 2
            let status = isWhole ? Int32(fields[1]) ?? -1 : -1
            guard status == 0 else { return Outcome(outputs: outputs, failure: (outputs.count, status)) }
            outputs.append(String(text))
            rest = rest[line.endIndex...].dropFirst()
        }
        return Outcome(outputs: outputs, failure: nil)
    }
}
