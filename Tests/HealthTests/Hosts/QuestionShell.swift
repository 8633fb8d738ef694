import Planning
import TestSupport

@testable import Health

/// Runs a question's script with a real shell, in a world of its own where that is wanted.
struct QuestionShell {
    private let folder: Scratch

    init() throws { folder = try Scratch("health") }

    /// A file of the world, by the path that the question uses.
    func write(_ path: String, _ text: String) throws { try folder.write("root" + path, text) }

    func file(_ path: String) -> String { folder.file("root" + path) }

    /// A program that is found before the real one.
    func program(_ name: String, _ script: String) throws {
        try folder.write("bin/\(name)", "#!/bin/sh\n\(script)\n", mode: 0o755)
    }

    /// - Parameter moved: folders of the host that are looked for in this world instead.
    func run(_ question: Probe, shell: String = "/bin/sh", moved: [String] = []) throws -> Outcome {
        var text = question.text ?? ""
        for path in moved { text = text.replacing(path, with: file(path)) }
        return try LocalShell.run(
            "PATH=\(folder.path)/bin:$PATH LC_ALL=C; export PATH LC_ALL\n(\n\(text)\n)", shell: shell)
    }
}
