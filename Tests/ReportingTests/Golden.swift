import Foundation
import Testing

/// Compares a text that leaves the program with a file below `Goldens/` beside this one.
///
/// A missing golden is written and the test fails, so that nothing is recorded silently. `MARTLET_RECORD_GOLDENS=1` writes
/// all of them again and passes.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens")
    let file = folder.appendingPathComponent(name)
    let isRecording = ProcessInfo.processInfo.environment["MARTLET_RECORD_GOLDENS"] == "1"
    guard !isRecording, let golden = try? String(contentsOf: file, encoding: .utf8) else {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        #expect(isRecording, "\(name) was missing and is written now; look at it", sourceLocation: sourceLocation)
        return
    }
    #expect(text == golden, "\(name) differs", sourceLocation: sourceLocation)
}
