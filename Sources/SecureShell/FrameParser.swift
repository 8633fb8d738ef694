/// The mark that ends a frame: a control byte, sixteen bytes of randomness in hexadecimal, a space, a decimal number, a
/// newline.
///
/// The number is an exit status, or the shell's process id at the start of a batch.
struct FrameMark: Sendable, Equatable {
    static let lead: UInt8 = 1

    /// Thirty-two hexadecimal digits: the channel's part, then the command's.
    let token: [UInt8]

    init(channel: UInt64, command: UInt64) { token = Self.hexadecimal(channel) + Self.hexadecimal(command) }

    static func random(channel: UInt64) -> FrameMark {
        FrameMark(channel: channel, command: UInt64.random(in: .min ... .max))
    }

    private static func hexadecimal(_ value: UInt64) -> [UInt8] {
        stride(from: 60, through: 0, by: -4).map { shift in
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift) & 15)
            return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }
}

/// Cuts one stream of a shell channel (its output, or its errors) into the frames of a batch.
///
/// A pure value: bytes go in as they come, in pieces of any size, finished frames come out. Whatever is not exactly the mark
/// that is expected next is output, also a mark of another command, so that no output can end its own frame unless it knows a
/// random number that was never shown to it. Behind the last frame of a batch everything is dropped.
struct FrameParser: Sendable, Equatable {
    struct Frame: Sendable, Equatable {
        /// The mark's number.
        var number: Int32
        var output: [UInt8]
        /// Whether output beyond the limit was dropped.
        var isTruncated: Bool
    }

    private struct Expectation: Sendable, Equatable {
        var mark: [UInt8]
        var limit: Int
    }

    private enum Progress: Sendable, Equatable {
        case output
        /// So many bytes of the mark were seen.
        case mark(Int)
        /// The mark was seen whole; then these digits of its number.
        case number([UInt8])
    }

    /// The finished frames, oldest first; `take` empties it.
    private(set) var frames: [Frame] = []
    private var expectations: [Expectation] = []
    private var position = 0
    private var progress = Progress.output
    private var output: [UInt8] = []
    private var isTruncated = false

    /// Whether every expected frame is there.
    var isComplete: Bool { position == expectations.count }

    /// The output of the frame that is not finished yet.
    var unfinished: [UInt8] { output }

    /// Forgets what was before, and expects these frames next.
    ///
    /// `limit` is in bytes of output that are kept.
    mutating func expect(_ marks: [(mark: FrameMark, limit: Int)]) {
        expectations = marks.map {
            Expectation(mark: [FrameMark.lead] + $0.mark.token + [UInt8(ascii: " ")], limit: $0.limit)
        }
        position = 0
        progress = .output
        output = []
        isTruncated = false
        frames = []
    }

    mutating func take() -> [Frame] {
        defer { frames = [] }
        return frames
    }

    mutating func feed(_ bytes: [UInt8]) { bytes.withUnsafeBytes { feed($0) } }

    mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index < bytes.count, position < expectations.count {
            switch progress {
            case .output:
                // The lead byte is rare: everything up to it goes over in one piece.
                let end = bytes[index...].firstIndex(of: FrameMark.lead) ?? bytes.count
                keep(UnsafeRawBufferPointer(rebasing: bytes[index..<end]))
                index = end
                if index < bytes.count {
                    progress = .mark(1)
                    index += 1
                }
            case .mark(let count):
                let mark = expectations[position].mark
                if bytes[index] == mark[count] {
                    progress = count + 1 == mark.count ? .number([]) : .mark(count + 1)
                    index += 1
                } else {
                    // The lead byte occurs only at the start, so the next mark can begin at this byte at the earliest.
                    giveBack(Array(mark.prefix(count)))
                }
            case .number(let digits):
                if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]), digits.count < 10 {
                    progress = .number(digits + [bytes[index]])
                    index += 1
                } else if bytes[index] == UInt8(ascii: "\n"),
                    let number = Int32(String(decoding: digits, as: UTF8.self))
                {
                    frames.append(Frame(number: number, output: output, isTruncated: isTruncated))
                    output = []
                    isTruncated = false
                    progress = .output
                    position += 1
                    index += 1
                } else {
                    giveBack(expectations[position].mark + digits)
                }
            }
        }
    }

    /// What looked like a mark was output after all.
    private mutating func giveBack(_ bytes: [UInt8]) {
        progress = .output
        bytes.withUnsafeBytes { keep($0) }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        let room = max(0, expectations[position].limit - output.count)
        output.append(contentsOf: bytes.prefix(room))
        if bytes.count > room { isTruncated = true }
    }
}
