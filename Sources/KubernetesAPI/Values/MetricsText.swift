/// Samples in the Prometheus text format, version 0.0.4, as components of Kubernetes serve them under `/metrics`.
package struct MetricsText: Sendable {
    package struct Sample: Sendable, Hashable {
        package var name: String
        package var labels: [String: String]
        /// In the unit that the name says; may be infinite or not a number.
        package var value: Double

        package init(name: String, labels: [String: String], value: Double) {
            self.name = name
            self.labels = labels
            self.value = value
        }
    }

    /// All samples, or those with one of these names; lines that are none are left out.
    package static func parse(_ text: String, names: Set<String>? = nil) -> [Sample] {
        var reader = MetricsReader(names: names)
        var text = text
        text.withUTF8 { _ = reader.take(UnsafeRawBufferPointer($0)) }
        return reader.finish()
    }
}

/// Reads the text in pieces of any length and keeps what is wanted: memory follows the kept samples, not the answer.
struct MetricsReader {
    private let names: Set<String>?
    /// More than this is no answer that anybody evaluates.
    private let mostSamples: Int
    private(set) var samples: [MetricsText.Sample] = []
    /// The beginning of a line whose end has not come.
    private var rest: [UInt8] = []

    /// Longer lines are no metrics.
    private static let longestLine = 64 << 10

    init(names: Set<String>?, mostSamples: Int = 1_000_000) {
        self.names = names
        self.mostSamples = mostSamples
    }

    /// False when a line is too long or there are too many samples: that is not worth going on.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if rest.isEmpty {
                line(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            } else {
                rest.append(contentsOf: bytes[start..<end])
                flush()
            }
            start = end + 1
        }
        rest.append(contentsOf: bytes[start...])
        return rest.count <= Self.longestLine && samples.count <= mostSamples
    }

    mutating func finish() -> [MetricsText.Sample] {
        flush()
        return samples
    }

    private mutating func flush() {
        let whole = rest
        rest.removeAll(keepingCapacity: true)
        whole.withUnsafeBytes { line($0) }
    }

    private mutating func line(_ bytes: UnsafeRawBufferPointer) {
        var cursor = MetricsLine(bytes)
        guard let nameBytes = cursor.name() else { return }
        let name = String(decoding: nameBytes, as: UTF8.self)
        if let names, !names.contains(name) { return }
        guard let labels = cursor.labels(), let value = cursor.value() else { return }
        samples.append(MetricsText.Sample(name: name, labels: labels, value: value))
    }
}

/// `name{label="value",...} 1.5 timestamp`, read from left to right.
private struct MetricsLine {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0D { position += 1 }
    }

    private mutating func word(_ isPart: (UInt8) -> Bool) -> Slice<UnsafeRawBufferPointer> {
        let start = position
        while let byte = next, isPart(byte) { position += 1 }
        return bytes[start..<position]
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// Nil for comments and empty lines.
    mutating func name() -> Slice<UnsafeRawBufferPointer>? {
        skipSpace()
        let name = word(Self.isNamePart)
        return name.isEmpty ? nil : name
    }

    /// Empty where there are none; nil if they are broken.
    mutating func labels() -> [String: String]? {
        skipSpace()
        guard next == UInt8(ascii: "{") else { return [:] }
        position += 1
        var labels: [String: String] = [:]
        while true {
            skipSpace()
            if next == UInt8(ascii: "}") {
                position += 1
                return labels
            }
            let key = word(Self.isNamePart)
            skipSpace()
            guard !key.isEmpty, next == UInt8(ascii: "=") else { return nil }
            position += 1
            skipSpace()
            guard let value = quoted() else { return nil }
            labels[String(decoding: key, as: UTF8.self)] = value
            skipSpace()
            if next == UInt8(ascii: ",") { position += 1 }
        }
    }

    private mutating func quoted() -> String? {
        guard next == UInt8(ascii: "\"") else { return nil }
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard let escaped = next else { return nil }
            position += 1
            text.append(escaped == UInt8(ascii: "n") ? 0x0A : escaped)
        }
        return nil
    }

    mutating func value() -> Double? {
        skipSpace()
        let text = String(decoding: word { $0 > 0x20 }, as: UTF8.self)
        switch text {
        case "+Inf", "Inf": return .infinity
        case "-Inf": return -.infinity
        case "NaN": return .nan
        default: return Double(text)
        }
    }
}
