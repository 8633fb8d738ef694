/// One 512-byte header of a tar.
struct TarHeader {
    enum Problem: Error {
        case checksum
        case number

        var reason: String {
            switch self {
            case .checksum: "its checksum"
            case .number: "a number in it"
            }
        }
    }

    var path: String
    var size: UInt64
    var type: UInt8

    init(_ block: [UInt8]) throws(Problem) {
        guard let checksum = Self.number(block[148..<156]) else { throw .checksum }
        // Old programs summed signed characters.
        var unsigned = 0
        var signed = 0
        for (index, byte) in block.enumerated() {
            let value = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
            unsigned += Int(value)
            signed += Int(Int8(bitPattern: value))
        }
        guard checksum == UInt64(unsigned) || Int(checksum) == signed else { throw .checksum }
        guard let size = Self.number(block[124..<136]) else { throw .number }
        self.size = size
        type = block[156]
        let name = Self.text(block[0..<100])
        // Only POSIX's magic has a prefix; GNU's `ustar  ` puts times there.
        let isPOSIX = block[257..<263].elementsEqual(Array("ustar\0".utf8))
        let prefix = isPOSIX ? Self.text(block[345..<500]) : ""
        path = prefix.isEmpty ? name : prefix + "/" + name
    }

    /// True for headers that only describe the member after them.
    var isExtension: Bool {
        [UInt8(ascii: "L"), UInt8(ascii: "K"), UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "g")].contains(type)
    }

    /// Links, devices, folders and pipes have no content, whatever their size says.
    var hasContent: Bool { !(UInt8(ascii: "1")...UInt8(ascii: "6")).contains(type) }

    func kind(isFolderName: Bool) -> TarReader.Member.Kind {
        switch type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): isFolderName ? .folder : .file
        case UInt8(ascii: "5"): .folder
        case UInt8(ascii: "1"), UInt8(ascii: "2"): .link
        default: .other
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Octal digits, or base 256 where the first bit is set (GNU, above 8 GiB); nil for anything else.
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        guard let first = bytes.first else { return nil }
        if first & 0x80 != 0 {
            guard first == 0x80 else { return nil }
            var value: UInt64 = 0
            for byte in bytes.dropFirst() {
                guard value < 1 << 55 else { return nil }
                value = value << 8 | UInt64(byte)
            }
            return value < 1 << 62 ? value : nil
        }
        let digits = bytes.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        var value: UInt64 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) else { return nil }
            value = value << 3 | UInt64(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
