import ConfigTree
import Diagnostics
import Foundation
import TestSupport
import Testing
import YAMLDocument

/// Mutates the corpus with a fixed seed.
///
/// Nothing may crash or hang, and everything refused must have a place.
struct YAMLFuzzTests {
    static var corpus: [[UInt8]] {
        get throws {
            let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/corpus")
            let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            return try files.sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
        }
    }

    @Test func noMutationBreaksTheReader() async throws {
        let corpus = try Self.corpus
        try #require(corpus.count >= 5)
        var random = SeededNumbers(seed: 20_240_131)
        let clock = ContinuousClock()
        var end = clock.now + .seconds(8)
        var count = 0
        var refused = 0
        while clock.now < end, count < 100_000 {
            let bytes = Mutation.mutate(corpus, &random)
            let reading = YAMLReader(allowsSeveralDocuments: count.isMultiple(of: 2)).read(bytes, file: "fuzz.yaml")
            count += 1
            if reading.hasErrors { refused += 1 }
            for problem in reading.diagnostics {
                let location = try #require(problem.location, "\(problem.code) has no place")
                try #require(location.line >= 1 && location.column >= 1)
                try #require(location.endColumn.map { $0 > location.column } ?? true)
            }
            for document in reading.documents { walk(document.root) }
            if count.isMultiple(of: 50) {
                // Other tests have few threads; their turn does not count.
                let left = end - clock.now
                await Task.yield()
                end = clock.now + left
            }
        }
        #expect(count > 200)
        #expect(refused > 0 && refused < count)
    }

    /// Asks every node for everything.
    private func walk(_ node: ConfigNode) {
        _ = node.location
        _ = node.path.utf8.count
        switch node.kind {
        case .scalar: _ = (node.text, node.meaning)
        case .sequence: for item in node.items { walk(item) }
        case .mapping:
            for (key, value) in node.entries {
                _ = key.text
                walk(value)
            }
        }
    }
}

enum Mutation {
    private static let fragments: [[UInt8]] =
        [
            "&a ", "*a", "<<: ", "!!str ", "---\n", "...\n", "? ", "\t", "\r\n", "{", "}", "[", "]", ": ", "- ", "|",
            ">", "\"",
            "'", "#", "%YAML 1.1\n", "\u{FEFF}", "é", "\u{85}", "\u{2028}", "08:30", "null", "\\", "\0", "@", "\n\n",
            "   ",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xF0, 0x9F], [0xEF, 0xBF, 0xBF]]

    static func mutate(_ corpus: [[UInt8]], _ random: inout SeededNumbers) -> [UInt8] {
        var bytes = corpus.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let position = Int.random(in: 0...bytes.count, using: &random)
            let length = min(Int.random(in: 0...24, using: &random), bytes.count - position)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes.removeSubrange(position..<(position + length))
            case 1: bytes.insert(contentsOf: fragments.randomElement(using: &random) ?? [], at: position)
            case 2: if position < bytes.count { bytes[position] = UInt8.random(in: 0...255, using: &random) }
            case 3: if position < bytes.count { bytes[position] ^= 1 << UInt8.random(in: 0...7, using: &random) }
            case 4: bytes.insert(contentsOf: Array(bytes[position..<(position + length)]), at: position)
            case 5:
                let other = corpus.randomElement(using: &random) ?? []
                let cut = Int.random(in: 0...other.count, using: &random)
                bytes = Array(bytes.prefix(position)) + other.suffix(cut)
            default: bytes = Array(bytes.prefix(position))
            }
        }
        return bytes
    }
}
