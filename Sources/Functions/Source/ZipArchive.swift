/// A zip file whose entries are stored as they are (PKWARE APPNOTE 6.3.3: local headers, central directory, its end).
///
/// The same files make the same bytes: every entry bears the format's first day as its time.
package enum ZipArchive {
    package static func pack(_ files: [SourcePackage.File]) -> [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for file in files {
            let name = Array(file.path.utf8)
            let sum = CyclicRedundancyCheck.of(file.bytes)
            let offset = archive.count
            // version 2.0, names in UTF-8 (bit 11), stored, 1980-01-01.
            let common: [UInt8] =
                short(20) + short(0x0800) + short(0) + short(0) + short(0x0021) + long(sum)
                + long(UInt32(file.bytes.count)) + long(UInt32(file.bytes.count)) + short(UInt16(name.count)) + short(0)
            archive += long(0x0403_4B50) + common + name + file.bytes
            // Made on Unix (3); regular file, 0644.
            directory +=
                long(0x0201_4B50) + short(0x0314) + common + short(0) + short(0) + short(0) + long(0o100644 << 16)
                + long(UInt32(offset)) + name
        }
        let start = archive.count
        archive += directory
        archive +=
            long(0x0605_4B50) + short(0) + short(0) + short(UInt16(files.count)) + short(UInt16(files.count))
            + long(UInt32(directory.count)) + long(UInt32(start)) + short(0)
        return archive
    }

    private static func short(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }

    private static func long(_ value: UInt32) -> [UInt8] {
        [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value >> 16 & 0xFF), UInt8(value >> 24)]
    }
}

/// CRC-32 as zip files have it (polynomial 0xEDB88320, reflected).
enum CyclicRedundancyCheck {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    static func of(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
    }
}
