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
        guard let fault = try fault(text, at: path, records: isRecording) else { return }
        Issue.record("\(fault)", sourceLocation: sourceLocation)
    }

    /// What is wrong with the text, or with the file; nil if they are equal, or the file was recorded.
    package static func fault(_ text: String, at path: String, records: Bool) throws -> String? {
        let url = URL(fileURLWithPath: path)
        guard !records, let data = FileManager.default.contents(atPath: path) else {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
            return records ? nil : "\(path) was missing and is written now; look at it"
        }
        let golden = String(decoding: data, as: UTF8.self)
        return golden == text ? nil : firstDifference(golden: golden, text: text, name: url.lastPathComponent)
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
