import Foundation
import Testing

/// Compares rendered text with a file below `Goldens/`.
///
/// A missing golden is written and the test fails, so that nothing is recorded silently. `MARTLET_RECORD_GOLDENS=1`
/// writes all of them again and passes.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens")
    try expectText(text, at: folder.appendingPathComponent(name), sourceLocation: sourceLocation)
}

/// The same for any file of the checkout, by its path from the top.
func expectCheckoutFile(_ text: String, _ path: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let tests = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    let top = tests.deletingLastPathComponent().deletingLastPathComponent()
    try expectText(text, at: top.appendingPathComponent(path), sourceLocation: sourceLocation)
}

private func expectText(_ text: String, at file: URL, sourceLocation: SourceLocation) throws {
    let name = file.lastPathComponent
    let isRecording = ProcessInfo.processInfo.environment["MARTLET_RECORD_GOLDENS"] == "1"
    guard !isRecording, FileManager.default.fileExists(atPath: file.path) else {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        #expect(isRecording, "\(name) was missing and is written now; look at it", sourceLocation: sourceLocation)
        return
    }
    let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    guard golden != text else {
        #expect(golden == text, sourceLocation: sourceLocation)
        return
    }
    Issue.record("\(firstDifference(golden: golden, text: text, name: name))", sourceLocation: sourceLocation)
}

private func firstDifference(golden: String, text: String, name: String) -> String {
    let old = golden.split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(old, new).prefix { $0 == $1 }.count
    func show(_ lines: [Substring]) -> String { line < lines.count ? "\(lines[line])" : "(end of text)" }
    return "\(name):\(line + 1)\n  golden: \(show(old))\n  now:    \(show(new))"
}
