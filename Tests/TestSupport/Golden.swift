internal import Foundation
package import Testing

/// Texts, and files that they must equal.
///
/// A missing file is written and the test fails, so that nothing is recorded silently. `MARTLET_RECORD_GOLDENS=1` writes all
/// of them again and passes.
package enum Golden {
    package static let isRecording = ProcessInfo.processInfo.environment["MARTLET_RECORD_GOLDENS"] == "1"

    /// - Parameter path: of any file.
    package static func expect(
        _ text: String, at path: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let url = URL(fileURLWithPath: path)
        guard !isRecording, let data = FileManager.default.contents(atPath: path) else {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
            if !isRecording {
                Issue.record("\(path) was missing and is written now; look at it", sourceLocation: sourceLocation)
            }
            return
        }
        let golden = String(decoding: data, as: UTF8.self)
        guard golden != text else { return }
        Issue.record(
            "\(firstDifference(golden: golden, text: text, name: url.lastPathComponent))",
            sourceLocation: sourceLocation)
    }

    private static func firstDifference(golden: String, text: String, name: String) -> String {
        let old = golden.split(separator: "\n", omittingEmptySubsequences: false)
        let new = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = zip(old, new).prefix { $0 == $1 }.count
        func show(_ lines: [Substring]) -> String { line < lines.count ? "\(lines[line])" : "(end of text)" }
        return "\(name):\(line + 1)\n  golden: \(show(old))\n  now:    \(show(new))"
    }
}

/// Compares a text that leaves the program with a file below `Goldens/` of the test's own target.
package func expectGolden(
    _ text: String, _ name: String, of file: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    try Golden.expect(
        text, at: "\(Checkout.target(of: file))/Goldens/\(name)", sourceLocation: sourceLocation)
}
