package import Frameworks

/// How installed frameworks are.
package enum FrameworkStatusView {
    private struct Document: Encodable {
        var formatVersion = 1
        var frameworks: [FrameworkStatus]
    }

    package static func json(_ status: [FrameworkStatus]) -> String { JSONOutput.text(Document(frameworks: status)) }

    package static func text(_ status: [FrameworkStatus], on terminal: Terminal) -> String {
        guard !status.isEmpty else { return "No framework is installed.\n" }
        return status.map { one($0, terminal) }.joined(separator: "\n")
    }

    private static func one(_ status: FrameworkStatus, _ terminal: Terminal) -> String {
        let (word, style): (String, Terminal.Style) =
            switch status.verdict {
            case .ready: ("ready", .green)
            case .drift: ("drift", .yellow)
            case .notReady: ("not ready", .red)
            case .incomplete: ("incomplete (\(status.state))", .red)
            case .removed: ("removed", .yellow)
            case .unknown: ("unknown", .red)
            }
        var text =
            "\(terminal.styled(status.name, .bold))  \(status.channel) \(status.version)  \(terminal.styled(word, style))"
        text += "  \(status.objects) objects\n"
        for check in status.checks {
            text += "  \(check.holds ? terminal.styled("ok", .green) : terminal.styled("FAIL", .red))  \(check.check)"
            text += check.holds ? "\n" : ": \(check.observed)\n"
            if let explanation = check.explanation { text += "        \(explanation)\n" }
            for line in check.evidence { text += "        \(line)\n" }
        }
        for change in status.changes {
            text +=
                "  drift: \(change.verb.rawValue) \(change.object)" + (change.reason.map { " (\($0))" } ?? "") + "\n"
            for difference in change.differences.prefix(5) {
                text +=
                    "        \(difference.path): \(difference.found ?? "absent") -> \(difference.wanted ?? "absent")\n"
            }
        }
        if let reason = status.notCompared { text += "  objects were not compared: \(reason)\n" }
        switch status.verdict {
        case .removed:
            text +=
                "  what was kept goes with `martlet framework remove \(status.name) --delete-crds --delete-claims`\n"
        case .incomplete where status.state == "removing":
            text += "  `martlet framework remove \(status.name)` goes on, `martlet framework install` puts it back\n"
        case .drift, .incomplete: text += "  `martlet framework install \(status.name)` puts it right\n"
        case .ready, .notReady, .unknown: break
        }
        if let available = status.available {
            text += "  available: \(available) (`martlet framework upgrade \(status.name)`)\n"
        }
        return text
    }
}

/// A ranking with its reasons.
package enum RecommendationView {
    package static func json(_ recommendation: Recommendation) -> String { JSONOutput.text(Versioned(recommendation)) }

    package static func text(_ recommendation: Recommendation, on terminal: Terminal) -> String {
        var text = recommendation.kubernetes.map { "For a cluster of Kubernetes \($0):\n" } ?? ""
        if recommendation.ranking.isEmpty { text += "No framework fits.\n" }
        for (place, entry) in recommendation.ranking.enumerated() {
            text += "\(place + 1). \(terminal.styled(entry.title, .bold)) \(entry.version)  \(entry.score) points"
            text += "  (martlet framework install \(entry.framework) --channel \(entry.channel))\n"
            for reason in entry.reasons { text += "     \(reason)\n" }
        }
        if !recommendation.excluded.isEmpty { text += "Left out:\n" }
        for exclusion in recommendation.excluded {
            text += "  \(exclusion.title): \(exclusion.reasons.prefix(3).joined(separator: "; "))"
            text += exclusion.reasons.count > 3 ? " and \(exclusion.reasons.count - 3) more\n" : "\n"
        }
        return text
    }
}

/// What was found behind the URLs of a release.
package enum FrameworkLockView {
    private struct Document: Encodable {
        var formatVersion = 1
        var lock: String
        var files: [SourceStore.Locked]
    }

    package static func json(_ files: [SourceStore.Locked], lock: String) -> String {
        JSONOutput.text(Document(lock: lock, files: files))
    }

    package static func text(_ files: [SourceStore.Locked], lock: String) -> String {
        guard !files.isEmpty else { return "Nothing to lock: all files come with martlet.\n" }
        var text = ""
        for file in files {
            text += "\(file.url)\n  sha256 \(file.sha256)\n"
            text += "  \(file.size) bytes, \(file.objects) objects, \(file.isNew ? "recorded" : "as recorded before")\n"
        }
        return text + "lock file: \(lock)\n"
    }
}
