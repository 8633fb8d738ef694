package import Diagnostics

/// The bytes of one file and the table of its lines.
///
/// Lines break where YAML 1.1 breaks them: at line feed, carriage return, both together, NEL, LS and PS. Lines and
/// columns inside the tree count from zero; `SourceLocation` counts from one.
package final class SourceText: Sendable {
    package let file: String
    package let bytes: [UInt8]
    /// Byte offset of the first byte of each line; never empty.
    let lineStarts: [UInt32]
    /// True when byte offsets and counts of Unicode scalars are the same.
    package let isASCII: Bool

    /// What keeps a file from being text.
    package struct Fault: Error, Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            case invalidUTF8
            case controlCharacter(UInt32)
        }

        package var kind: Kind
        package var byteOffset: Int
        /// Counts from zero.
        package var line: Int
        /// Counts from zero, in Unicode scalars.
        package var column: Int
    }

    /// Checks that `bytes` are UTF-8 without control characters and finds the lines; one pass.
    package init(file: String, bytes: [UInt8]) throws(Fault) {
        self.file = file
        self.bytes = bytes
        let scan = SourceText.scan(bytes)
        lineStarts = scan.lineStarts
        isASCII = scan.isASCII
        if let fault = scan.fault { throw fault }
    }

    package var lineCount: Int { lineStarts.count }

    /// The place of `column` in `line`, both counted from zero.
    ///
    /// The text of very long lines (generated JSON) is left out.
    package func location(line: Int, column: Int, endColumn: Int? = nil) -> SourceLocation {
        let text = lineBytes(line)
        let shown = text.count <= SourceText.longestShownLine ? String(decoding: text, as: UTF8.self) : nil
        return SourceLocation(
            file: file, line: line + 1, column: column + 1, endColumn: endColumn.map { $0 + 1 }, text: shown)
    }

    static let longestShownLine = 4096

    /// The bytes of a line without its break; empty for a line that does not exist.
    package func lineBytes(_ line: Int) -> ArraySlice<UInt8> {
        guard line >= 0, line < lineStarts.count else { return [] }
        let start = Int(lineStarts[line])
        var end = line + 1 < lineStarts.count ? Int(lineStarts[line + 1]) : bytes.count
        while end > start, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
        return bytes[start..<end]
    }

    /// Number of Unicode scalars in a line.
    func lineLength(_ line: Int) -> Int {
        let text = lineBytes(line)
        guard !isASCII else { return text.count }
        return text.reduce(into: 0) { count, byte in if byte & 0xC0 != 0x80 { count += 1 } }
    }

    /// Byte offset of a column, both counted from zero; the end of the line when the column lies behind it.
    package func byteOffset(line: Int, column: Int) -> Int {
        let text = lineBytes(line)
        guard !isASCII else { return min(text.startIndex + column, text.endIndex) }
        var offset = text.startIndex
        var left = column
        while offset < text.endIndex {
            if text[offset] & 0xC0 != 0x80 {
                guard left > 0 else { return offset }
                left -= 1
            }
            offset += 1
        }
        return offset
    }

    private struct Scan {
        var lineStarts: [UInt32]
        var isASCII = true
        var fault: Fault?
    }

    private static func scan(_ bytes: [UInt8]) -> Scan {
        var result = Scan(lineStarts: [0])
        result.lineStarts.reserveCapacity(bytes.count / 24 + 1)
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte >= 0x20, byte < 0x7F {
                offset += 1
            } else if byte == 0x0A {
                offset += 1
                result.lineStarts.append(UInt32(truncatingIfNeeded: offset))
            } else if byte == 0x0D {
                offset += 1
                if offset < bytes.count, bytes[offset] == 0x0A { offset += 1 }
                result.lineStarts.append(UInt32(truncatingIfNeeded: offset))
            } else if byte == 0x09 {
                offset += 1
            } else if byte < 0x80 {
                result.fault = fault(.controlCharacter(UInt32(byte)), at: offset, in: bytes, result.lineStarts)
                return result
            } else {
                result.isASCII = false
                guard let (scalar, length) = decode(bytes, at: offset) else {
                    result.fault = fault(.invalidUTF8, at: offset, in: bytes, result.lineStarts)
                    return result
                }
                if scalar >= 0x80 && scalar < 0xA0 && scalar != 0x85 || scalar == 0xFFFE || scalar == 0xFFFF {
                    result.fault = fault(.controlCharacter(scalar), at: offset, in: bytes, result.lineStarts)
                    return result
                }
                offset += length
                if scalar == 0x85 || scalar == 0x2028 || scalar == 0x2029 {
                    result.lineStarts.append(UInt32(truncatingIfNeeded: offset))
                }
            }
        }
        return result
    }

    private static func fault(_ kind: Fault.Kind, at offset: Int, in bytes: [UInt8], _ lineStarts: [UInt32]) -> Fault {
        let lineStart = Int(lineStarts.last ?? 0)
        let column = bytes[lineStart..<offset].reduce(into: 0) { count, byte in if byte & 0xC0 != 0x80 { count += 1 } }
        return Fault(kind: kind, byteOffset: offset, line: lineStarts.count - 1, column: column)
    }

    /// The scalar that starts at `offset` and its length; nil for overlong forms, surrogates and cut sequences.
    private static func decode(_ bytes: [UInt8], at offset: Int) -> (scalar: UInt32, length: Int)? {
        let first = UInt32(bytes[offset])
        let length: Int
        var scalar: UInt32
        let smallest: UInt32
        switch first {
        case 0xC2...0xDF: (length, scalar, smallest) = (2, first & 0x1F, 0x80)
        case 0xE0...0xEF: (length, scalar, smallest) = (3, first & 0x0F, 0x800)
        case 0xF0...0xF4: (length, scalar, smallest) = (4, first & 0x07, 0x10000)
        default: return nil
        }
        guard offset + length <= bytes.count else { return nil }
        for next in bytes[(offset + 1)..<(offset + length)] {
            guard next & 0xC0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(next & 0x3F)
        }
        guard scalar >= smallest, scalar <= 0x10FFFF, !(0xD800...0xDFFF).contains(scalar) else { return nil }
        return (scalar, length)
    }
}
