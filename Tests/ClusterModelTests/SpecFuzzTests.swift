import ClusterModel
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Mutates the fixtures with a fixed seed: no crash, no hang, every error has a place, and what is accepted is valid.
struct SpecFuzzTests {
    @Test func noMutationBreaksTheDecoder() async throws {
        let corpus = try Fixtures.names.map { try Fixtures.bytes($0) }
        try #require(corpus.count > 10)
        var random = SeededNumbers(seed: 4711)
        let clock = ContinuousClock()
        var end = clock.now + .seconds(8)
        var (count, accepted) = (0, 0)
        while clock.now < end, count < 50_000 {
            let bytes = mutate(corpus, &random)
            let reading = ClusterSpecReader.decode(
                bytes, file: "fuzz.yaml", context: .init(folder: "/specs", home: "/home/ann"))
            count += 1
            if let spec = reading.spec {
                accepted += 1
                try #require(!spec.controlPlanes.isEmpty && !spec.name.isEmpty)
                try #require(spec.hosts.allSatisfy { !$0.name.isEmpty && IPv4Address($0.internalAddress) != nil })
            } else {
                try #require(reading.diagnostics.contains { $0.severity == .error })
            }
            for problem in reading.diagnostics where problem.severity != .note {
                let location = try #require(problem.location, "\(problem.code) has no place")
                try #require(location.line >= 1 && location.column >= 1)
            }
            if count.isMultiple(of: 50) {
                // Other tests have few threads; their turn does not count.
                let left = end - clock.now
                await Task.yield()
                end = clock.now + left
            }
        }
        #expect(count > 100)
        #expect(accepted > 0 && accepted < count)
    }

    /// Swaps words and lines of specs: most mutations stay YAML, so that the decoder is reached.
    private func mutate(_ corpus: [[UInt8]], _ random: inout SeededNumbers) -> [UInt8] {
        var lines = (corpus.randomElement(using: &random) ?? []).split(
            separator: 0x0A, omittingEmptySubsequences: false)
        let other = (corpus.randomElement(using: &random) ?? []).split(
            separator: 0x0A, omittingEmptySubsequences: false)
        for _ in 0..<Int.random(in: 0...3, using: &random) where !lines.isEmpty {
            let line = Int.random(in: 0..<lines.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: lines.remove(at: line)
            case 1: lines.insert(lines[line], at: line)
            case 2: if let foreign = other.randomElement(using: &random) { lines.insert(foreign, at: line) }
            case 3: lines.swapAt(line, Int.random(in: 0..<lines.count, using: &random))
            case 4:
                let values: [String] = [
                    "on", "~", "1.20", "[]", "{}", "\"\"", "-1", "08:30", "x", "99999999999999999999", "*a",
                ]
                let key = lines[line].prefix { $0 != 0x3A }
                lines[line] = key + Array((": " + (values.randomElement(using: &random) ?? "")).utf8)
            default:
                var bytes = Array(lines[line])
                if !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                        in: 0x20...0x7E, using: &random)
                }
                lines[line] = bytes[...]
            }
        }
        return Array(lines.joined(separator: [0x0A]))
    }
}
