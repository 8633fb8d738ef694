/// Members of an uncompressed tar, found by their headers without unpacking: ustar, GNU long names, pax.
struct TarReader {
    /// A header that cannot be read, or a feature that is refused.
    enum Problem: Error, Hashable {
        /// The first bytes are those of a compressed file; the name of the program that unpacks it.
        case compressed(String)
        case notTar
        case sparse(String)
        case badHeader(offset: UInt64, String)
        /// The archive ends inside this member.
        case truncated(String)
        case tooLarge(String)
        case unreadable(SystemError)
    }

    struct Member: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case file
            case folder
            /// A symbolic or hard link.
            case link
            /// Devices, pipes and types nobody knows.
            case other
        }

        /// As written, without leading `./` and without a slash at the end.
        var path: String
        var kind: Kind
        /// Of the first byte of the content.
        var offset: UInt64
        var size: UInt64
    }

    static let blockSize = 512
    /// Above these numbers an archive is not a bundle, and its index would only fill the memory.
    static let maximumMembers = 100_000
    static let maximumExtension: UInt64 = 1 << 20

    /// Reads `count` bytes at an offset; fewer at the end.
    typealias Source = (_ offset: UInt64, _ count: Int) throws(SystemError) -> [UInt8]

    /// All members in the order of the archive.
    static func members(ofTar path: String) throws(Problem) -> [Member] {
        let file: ReadableFile
        do throws(SystemError) { file = try ReadableFile(path, followingLinks: true) } catch {
            throw .unreadable(error)
        }
        return try members(size: file.size) { (offset, count) throws(SystemError) in
            try file.bytes(at: offset, count: count)
        }
    }

    /// As above over any source of bytes.
    static func members(size: UInt64, _ source: Source) throws(Problem) -> [Member] {
        func bytes(_ offset: UInt64, _ count: Int) throws(Problem) -> [UInt8] {
            do throws(SystemError) { return try source(offset, count) } catch { throw .unreadable(error) }
        }

        var members: [Member] = []
        var offset: UInt64 = 0
        var longName: String?
        var local: [String: String] = [:]
        var global: [String: String] = [:]
        while offset < size {
            let block = try bytes(offset, blockSize)
            if offset == 0, let program = compression(of: block) { throw .compressed(program) }
            guard block.count == blockSize else {
                if offset == 0 { throw .notTar }
                throw .truncated("the header at byte \(offset)")
            }
            if block.allSatisfy({ $0 == 0 }) {
                if offset == 0 { throw .notTar }
                break
            }
            let header: TarHeader
            do throws(TarHeader.Problem) { header = try TarHeader(block) } catch {
                if offset == 0 { throw .notTar }
                throw .badHeader(offset: offset, error.reason)
            }
            let start = offset + UInt64(blockSize)
            let isExtension = header.isExtension
            var length = header.size
            if !isExtension, let text = local["size"] ?? global["size"] {
                guard let value = UInt64(text) else { throw .badHeader(offset: offset, "the pax size \(text)") }
                length = value
            }
            if !isExtension, !header.hasContent { length = 0 }
            guard length <= size - min(size, start), size >= start else {
                throw .truncated(longName ?? header.path)
            }
            let padded = (length + UInt64(blockSize) - 1) / UInt64(blockSize) * UInt64(blockSize)
            defer { offset = start + padded }

            if isExtension {
                guard length <= maximumExtension else { throw .tooLarge("the extended header at byte \(offset)") }
                let content = try bytes(start, Int(length))
                guard content.count == Int(length) else { throw .truncated("the header at byte \(offset)") }
                switch header.type {
                case UInt8(ascii: "L"):
                    longName = String(decoding: content.prefix { $0 != 0 }, as: UTF8.self)
                case UInt8(ascii: "K"):
                    break
                case UInt8(ascii: "g"):
                    try read(content, at: offset, into: &global)
                default:
                    try read(content, at: offset, into: &local)
                }
                continue
            }

            let path = local["path"] ?? longName ?? global["path"] ?? header.path
            if header.type == UInt8(ascii: "S") || local.keys.contains(where: { $0.hasPrefix("GNU.sparse") }) {
                throw .sparse(local["GNU.sparse.name"] ?? path)
            }
            longName = nil
            local = [:]
            guard members.count < maximumMembers else { throw .tooLarge("more than \(maximumMembers) members") }
            members.append(
                Member(
                    path: normalised(path), kind: header.kind(isFolderName: path.hasSuffix("/")), offset: start,
                    size: length))
        }
        if longName != nil || !local.isEmpty { throw .truncated("the header at the end") }
        return members
    }

    /// The program that unpacks a file that starts like this; nil if it is not compressed.
    static func compression(of bytes: [UInt8]) -> String? {
        let marks: [([UInt8], String)] = [
            ([0x1f, 0x8b], "gzip"),
            ([0x28, 0xb5, 0x2f, 0xfd], "zstd"),
            ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz"),
            ([0x42, 0x5a, 0x68], "bzip2"),
            ([0x04, 0x22, 0x4d, 0x18], "lz4"),
            ([0x50, 0x4b, 0x03, 0x04], "unzip"),
        ]
        return marks.first { bytes.starts(with: $0.0) }?.1
    }

    private static func normalised(_ path: String) -> String {
        var rest = Substring(path)
        while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
        while rest.count > 1, rest.hasSuffix("/") { rest = rest.dropLast() }
        return rest == "." ? "" : String(rest)
    }

    /// pax records: `LENGTH KEY=VALUE\n`, where LENGTH counts the whole record; an empty value withdraws the key.
    private static func read(
        _ content: [UInt8], at offset: UInt64, into records: inout [String: String]
    ) throws(Problem) {
        var rest = content[...]
        while let first = rest.first, first != 0 {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[rest.startIndex..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1, length <= rest.count,
                rest[rest.startIndex + length - 1] == UInt8(ascii: "\n"),
                let equals = rest[space...].firstIndex(of: UInt8(ascii: "=")), equals < rest.startIndex + length
            else { throw .badHeader(offset: offset, "a pax record") }
            let key = String(decoding: rest[(space + 1)..<equals], as: UTF8.self)
            let value = String(decoding: rest[(equals + 1)..<(rest.startIndex + length - 1)], as: UTF8.self)
            records[key] = value.isEmpty ? nil : value
            rest = rest.dropFirst(length)
        }
    }
}
