internal import Digests
package import Planning

/// One kind of step: an identifier, and a pure function from a host within its cluster to goals.
///
/// The questions of the goals' checks must not depend on facts: all probes are asked in one batch before any is known.
package struct StepDefinition: Sendable {
    package let id: String
    package let phase: Phase
    /// One line for `martlet explain`.
    package let summary: String
    /// Why a cluster needs it, for `martlet explain`; a few sentences.
    package let explanation: String
    package let goals: @Sendable (HostContext) -> [Goal]

    init(
        _ id: String, _ phase: Phase, _ summary: String, explanation: String,
        goals: @escaping @Sendable (HostContext) -> [Goal]
    ) {
        self.id = id
        self.phase = phase
        self.summary = summary
        self.explanation = explanation
        self.goals = goals
    }
}

extension Check {
    /// A file with this text, owned by root.
    static func file(_ path: String, _ text: String, mode: Int = 0o644) -> Check {
        file(path, digest: Digest.sha256(text), mode: mode)
    }

    /// A file with this SHA-256, owned by root.
    static func file(_ path: String, digest: String, mode: Int = 0o644) -> Check {
        Check(.file(path), .equals("file \(octal(mode)) 0 0 \(digest)"), title: "file \(path)")
    }

    /// A large file that martlet copied.
    static func blob(_ path: String, _ blob: Blob, mode: Int = 0o755) -> Check {
        Check(.blob(path), .equals("file \(octal(mode)) 0 0 \(blob.sha256)"), title: "file \(path)")
    }

    static func running(_ unit: String) -> Check {
        Check(.service(unit), .equals("loaded active enabled"), title: "service \(unit)")
    }

    private static func octal(_ mode: Int) -> String { "0" + String(mode, radix: 8) }
}

extension Action {
    static func put(_ path: String, _ text: String, mode: Int = 0o644) -> Action {
        .putFile(path: path, mode: mode, text: text)
    }

    static func run(
        _ summary: String, _ text: String, input: String = "", timeoutSeconds: Int = 60, produces: Slot? = nil
    ) -> Action {
        .script(Script(summary, text, input: input, timeoutSeconds: timeoutSeconds, produces: produces))
    }
}
