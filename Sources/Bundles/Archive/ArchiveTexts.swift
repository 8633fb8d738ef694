package import Diagnostics

/// The texts among the files of a tar, for whoever searches one without unpacking it.
package enum ArchiveTexts {
    /// The program that unpacks a file, gzip for example; nil if it is not compressed.
    ///
    /// - Throws: `archive.unreadable`.
    package static func compression(of path: String) throws(Diagnostic) -> String? {
        do throws(SystemError) {
            return TarReader.compression(of: try ReadableFile(path).bytes(at: 0, count: 16))
        } catch {
            throw error.diagnostic("archive.unreadable", "\(path) cannot be read", exitCode: .lacking)
        }
    }

    /// Calls `take` with path and text of every file of at most `most` bytes that has no zero byte; of links nothing is read.
    ///
    /// - Returns: False if it is no tar, and nothing was taken.
    /// - Throws: `archive.unreadable`; `archive.damaged` if it ends too early, or has what cannot be read.
    @discardableResult
    package static func visit(
        _ path: String, most: Int, _ take: (_ path: String, _ text: String) -> Void
    ) throws(Diagnostic) -> Bool {
        let file: ReadableFile
        do throws(SystemError) { file = try ReadableFile(path) } catch {
            throw error.diagnostic("archive.unreadable", "\(path) cannot be read", exitCode: .lacking)
        }
        let members: [TarReader.Member]
        do throws(TarReader.Problem) {
            members = try TarReader.members(size: file.size) { (offset, count) throws(SystemError) in
                try file.bytes(at: offset, count: count)
            }
        } catch {
            switch error {
            case .notTar, .compressed: return false
            case .unreadable(let cause):
                throw cause.diagnostic("archive.unreadable", "\(path) cannot be read", exitCode: .lacking)
            case .sparse, .badHeader, .truncated, .tooLarge:
                throw Diagnostic(
                    code: "archive.damaged", "\(path) is no whole tar", detail: "\(error)",
                    hint: "make it again", exitCode: .invalid)
            }
        }
        for member in members where member.kind == .file && member.size <= UInt64(most) {
            do throws(SystemError) {
                let bytes = try file.bytes(at: member.offset, count: Int(member.size))
                if !bytes.contains(0) { take(member.path, String(decoding: bytes, as: UTF8.self)) }
            } catch {
                throw error.diagnostic("archive.unreadable", "\(path) cannot be read", exitCode: .lacking)
            }
        }
        return true
    }
}
