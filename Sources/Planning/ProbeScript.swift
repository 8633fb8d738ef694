/// Turns probes into one POSIX sh script and its output back into answers.
///
/// The script is the cost of a no-op run, so that one process answers all probes of a kind: one `stat`, one `sha256sum`,
/// one `systemctl show`, one `dpkg-query`, one `sysctl`.
package struct ProbeScript: Sendable {
    package let probes: [Probe]
    package let text: String

    package init(_ probes: [Probe]) {
        self.probes = probes
        text = Self.render(probes)
    }

    // MARK: Rendering

    /// Begins a section of the output; a control character that no answer contains.
    private static let mark: Character = "\u{1e}"

    private static func render(_ probes: [Probe]) -> String {
        var script = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C; export PATH LC_ALL\n"
        func section(_ name: String, _ command: String) {
            script += "printf '\\036\(name)\\n'; \(command) 2>/dev/null </dev/null\n"
        }
        func words(_ kind: Probe.Kind) -> String? {
            let subjects = probes.filter { $0.kind == kind }.map { Shell.quote($0.subject) }
            return subjects.isEmpty ? nil : subjects.joined(separator: " ")
        }
        if let files = words(.file) {
            section("stat", "stat -c '%F|%a|%u|%g|%N|%n' -- \(files)")
            section("sha256", "sha256sum -- \(files)")
        }
        if let blobs = words(.blob) {
            section("blob-stat", "stat -c '%s %Z %i|%a|%u|%g|%n' -- \(blobs)")
            section("blob-record", "cat \(BlobRecord.folder)/*")
        }
        if let units = words(.service) {
            section("service", "systemctl show -p LoadState -p ActiveState -p UnitFileState -- \(units)")
        }
        if let packages = words(.package) {
            section("package", "dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\\n' \(packages)")
        }
        if let settings = words(.sysctl) {
            section("sysctl", "sysctl -e \(settings)")
        }
        for probe in probes where probe.kind == .script {
            section("script", "(\n\(probe.text ?? "")\n)")
            script += "printf '\\036status %d\\n' $?\n"
        }
        return script + "printf '\\036end\\n'\n"
    }

    // MARK: Reading

    /// The answers in the output of the script.
    ///
    /// A section that is missing or was cut short (the connection broke, the shell
    /// died) leaves its probes unknown: only the beginning of the next section proves that one is whole.
    package func answers(in output: String) -> [Probe: FactValue] {
        var sections: [String: [Substring]] = [:]
        var scripts: [(text: Substring, status: Int?)] = []
        var parts = output.split(separator: Self.mark, omittingEmptySubsequences: true)
        if let last = parts.last, !last.hasPrefix("end") { parts.removeLast() }
        for part in parts {
            let end = part.firstIndex(of: "\n") ?? part.endIndex
            let name = String(part[..<end])
            let body = end < part.endIndex ? part[part.index(after: end)...] : ""
            if name == "script" {
                scripts.append((body, nil))
            } else if name.hasPrefix("status "), !scripts.isEmpty {
                scripts[scripts.count - 1].status = Int(name.dropFirst(7))
            } else {
                sections[name] = body.split(separator: "\n")
            }
        }
        var answers: [Probe: FactValue] = [:]
        answers.reserveCapacity(probes.count)
        let unanswered = FactValue.unknown("the host's answer broke off")
        let files = sections["sha256"].map { Self.files(sections["stat"] ?? [], digests: $0) }
        let blobs = sections["blob-record"].map { BlobRecord.answers(stat: sections["blob-stat"] ?? [], records: $0) }
        let services = sections["service"].map(Self.services)
        let packages = sections["package"].map(Self.packages)
        let settings = sections["sysctl"].map(Self.settings)
        var serviceIndex = 0
        var scriptIndex = 0
        for probe in probes {
            switch probe.kind {
            case .file: answers[probe] = files.map { $0[probe.subject] ?? .absent } ?? unanswered
            case .blob: answers[probe] = blobs.map { $0[probe.subject] ?? .absent } ?? unanswered
            case .package: answers[probe] = packages.map { $0[probe.subject] ?? .absent } ?? unanswered
            case .sysctl: answers[probe] = settings.map { $0[probe.subject] ?? .absent } ?? unanswered
            case .service:
                if let services {
                    answers[probe] =
                        serviceIndex < services.count
                        ? services[serviceIndex] : .unknown("systemd did not answer (is it running on this host?)")
                } else {
                    answers[probe] = unanswered
                }
                serviceIndex += 1
            case .script:
                answers[probe] = scriptIndex < scripts.count ? Self.script(scripts[scriptIndex]) : unanswered
                scriptIndex += 1
            }
        }
        return answers
    }

    private static func script(_ result: (text: Substring, status: Int?)) -> FactValue {
        switch result.status {
        case 0: .present(String(result.text.trimmingNewlines))
        case 1: .absent
        case .some(let status): .unknown("its script ended with status \(status)")
        case nil: .unknown("the host's answer broke off")
        }
    }

    private static func files(_ stat: [Substring], digests: [Substring]) -> [String: FactValue] {
        var digestOf: [Substring: Substring] = [:]
        for line in digests {
            // "DIGEST  PATH", with a leading backslash where the name is escaped; such names are never ours.
            guard let space = line.firstIndex(of: " ") else { continue }
            digestOf[line[line.index(space, offsetBy: 2)...]] = line[..<space]
        }
        var answers: [String: FactValue] = [:]
        for line in stat {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            guard fields.count == 6, let name = fields.last else { continue }
            let owner = "\(fields[2]) \(fields[3])"
            let mode = padded(fields[1])
            switch fields[0] {
            case "regular file", "regular empty file":
                let digest = digestOf[name]
                answers[String(name)] =
                    digest.map { .present("file \(mode) \(owner) \($0)") } ?? .unknown("it cannot be read")
            case "directory": answers[String(name)] = .present("directory \(mode) \(owner)")
            case "symbolic link":
                let target = fields[4].split(separator: "'").last ?? ""
                answers[String(name)] = .present("link \(target)")
            default: answers[String(name)] = .present("other \(fields[0])")
            }
        }
        return answers
    }

    /// In the order asked; `systemctl show` separates units by an empty line, which is why the section keeps pairs of lines.
    private static func services(_ lines: [Substring]) -> [FactValue] {
        var result: [FactValue] = []
        var load: Substring = ""
        var active: Substring = ""
        for line in lines {
            let value = line.firstIndex(of: "=").map { line[line.index(after: $0)...] } ?? ""
            if line.hasPrefix("LoadState=") { load = value }
            if line.hasPrefix("ActiveState=") { active = value }
            if line.hasPrefix("UnitFileState=") {
                result.append(load == "not-found" ? .absent : .present("\(load) \(active) \(value)"))
            }
        }
        return result
    }

    private static func packages(_ lines: [Substring]) -> [String: FactValue] {
        var result: [String: FactValue] = [:]
        for line in lines {
            let fields = line.split(separator: " ")
            guard fields.count == 3, fields[2] == "installed" else { continue }
            result[String(fields[0])] = .present(String(fields[1]))
        }
        return result
    }

    private static func settings(_ lines: [Substring]) -> [String: FactValue] {
        var result: [String: FactValue] = [:]
        for line in lines {
            guard let equals = line.firstRange(of: " = ") else { continue }
            let value = line[equals.upperBound...].split(whereSeparator: \.isWhitespace).joined(separator: " ")
            result[String(line[..<equals.lowerBound])] = .present(value)
        }
        return result
    }

    /// `644` as `0644`, so that it reads like the modes of this product.
    static func padded(_ mode: Substring) -> String { mode.count < 4 ? "0\(mode)" : String(mode) }
}

extension Substring {
    var trimmingNewlines: Substring {
        var text = self
        while text.last == "\n" { text.removeLast() }
        return text
    }
}
