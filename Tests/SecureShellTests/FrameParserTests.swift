import SSHServerRig
import TestSupport
import Testing

@testable import SecureShell

@Suite struct FrameParserTests {
    private let marks = (1...3).map { FrameMark(channel: 7, command: UInt64($0)) }

    private func line(_ mark: FrameMark, _ number: Int32) -> [UInt8] { [1] + mark.token + Array(" \(number)\n".utf8) }

    private func parser(limit: Int = 1000) -> FrameParser {
        var parser = FrameParser()
        parser.expect(marks.map { ($0, limit) })
        return parser
    }

    @Test func framesAreCutAtTheirMarks() {
        var parser = parser()
        parser.feed(Array("one\n".utf8) + line(marks[0], 0) + line(marks[1], 255) + Array("three".utf8))
        #expect(!parser.isComplete)
        #expect(text(parser.unfinished) == "three")
        parser.feed(line(marks[2], 1))
        #expect(parser.isComplete)
        #expect(
            parser.take() == [
                .init(number: 0, output: Array("one\n".utf8), isTruncated: false),
                .init(number: 255, output: [], isTruncated: false),
                .init(number: 1, output: Array("three".utf8), isTruncated: false),
            ])
    }

    @Test func whatIsNotTheNextMarkIsOutput() {
        let token = text(marks[0].token)
        let lookalikes = [
            "\u{1}", "\u{1}\u{1}", "\u{1}\(token)", "\u{1}\(token)\n", "\u{1}\(token) \n", "\u{1}\(token) x\n",
            "\u{1}\(token) 12345678901\n",
            "\u{1}\(token) 1 \n", "\(token) 0\n", "\u{1}\(token.uppercased()) 0x\n", "\u{1}\(token.dropLast())\u{1}",
            "\u{1}\(token) 99999999999\n", text(line(marks[1], 0)), "\0\u{1}\0", "\u{1}\(token) -1\n",
            "\u{1}\(token) 4294967296\n",
        ]
        for lookalike in lookalikes {
            var parser = parser()
            let bytes = Array(lookalike.utf8)
            parser.feed(bytes + line(marks[0], 5))
            #expect(
                parser.take() == [.init(number: 5, output: bytes, isTruncated: false)], "\(lookalike.debugDescription)")
        }
    }

    @Test func outputBeyondTheLimitIsDropped() {
        var parser = parser(limit: 4)
        parser.feed(Array("12345678".utf8) + line(marks[0], 0) + Array("1234".utf8) + line(marks[1], 0))
        #expect(
            parser.take() == [
                .init(number: 0, output: Array("1234".utf8), isTruncated: true),
                .init(number: 0, output: Array("1234".utf8), isTruncated: false),
            ])
    }

    @Test func whatFollowsTheLastMarkIsDropped() {
        var parser = parser()
        for mark in marks { parser.feed(line(mark, 0)) }
        parser.feed(Array("stray".utf8) + line(marks[0], 0))
        #expect(parser.isComplete)
        #expect(parser.take().count == 3)
        #expect(parser.unfinished.isEmpty)
    }

    /// Output of every kind, cut into pieces of every size: always the same frames.
    @Test(arguments: 0..<40) func anyCutGivesTheSameFrames(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        let pieces: [[UInt8]] = [
            [1], [1, 1], [0], Array("text\n".utf8), [1] + marks[0].token, [1] + marks[1].token + [0x20], marks[2].token,
            [1] + marks[0].token.prefix(31), Array(" 0\n".utf8), [0xff, 0xfe], Array(repeating: 1, count: 40),
        ]
        var expected: [FrameParser.Frame] = []
        var stream: [UInt8] = []
        for mark in marks {
            var output: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<12, using: &random) { output += pieces.randomElement(using: &random) ?? [] }
            // A whole mark of this very frame, by chance, is the one thing that ends it.
            let whole = [1] + mark.token + [0x20]
            let holdsMark = output.count >= whole.count && output.indices.contains { output[$0...].starts(with: whole) }
            if holdsMark { output = [] }
            // The output must not run into the mark's own bytes: a lead byte at its end is fine, digits after it are not.
            let number = Int32.random(in: 0...255, using: &random)
            expected.append(.init(number: number, output: output, isTruncated: false))
            stream += output + line(mark, number)
        }
        var byByte = parser(limit: 100_000)
        for byte in stream { byByte.feed([byte]) }
        #expect(byByte.take() == expected)
        for _ in 0..<20 {
            var parser = parser(limit: 100_000)
            var rest = stream[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(rest.count, 50), using: &random)
                parser.feed(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(parser.take() == expected)
            #expect(parser.isComplete)
        }
    }

    @Test(arguments: 0..<20) func noiseNeverEndsAFrame(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        var parser = parser(limit: 1 << 20)
        let alphabet = Array("\u{1}\u{1}0123456789abcdef \n".utf8)
        var total = 0
        for _ in 0..<2000 {
            let piece = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            total += piece.count
            parser.feed(piece)
        }
        #expect(parser.take().isEmpty)
        parser.feed([UInt8(ascii: "x")] + line(marks[0], 3))
        let frames = parser.take()
        #expect(frames.map(\.number) == [3])
        #expect(frames.first?.output.count == total + 1)
    }
}
