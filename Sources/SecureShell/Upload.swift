internal import Digests

internal import struct Crypto.SHA256

/// What is sent to a host as a file.
package enum UploadSource: Sendable {
    /// A local file, read while it is sent.
    case file(String)
    /// A part of a local file, for example a member of a tar archive; offset and size in bytes.
    case slice(String, offset: UInt64, size: Int)
    case bytes([UInt8])
}

/// How an upload went.
package struct UploadReport: Sendable, Equatable {
    /// Bytes of the whole file.
    package var size: Int
    /// Hexadecimal.
    package var sha256: String
    /// Bytes that went over the wire; zero if the host had the file already.
    package var sent: Int
    /// Where an earlier, interrupted upload was continued.
    package var resumedFrom: Int
    /// The host had a file with this content already; at most its mode was changed.
    package var wasUnchanged: Bool
    /// The address of the host from which it took what was missing.
    package var takenFrom: String?
}

/// The remote half of an upload: one `sh -c`, which answers, reads the rest of the file and puts it in its place.
///
/// The temporary name stands beside the destination and contains the checksum, so that only an upload of the same content
/// continues it. The destination is replaced by a rename after the bytes are on the disk.
///
/// Whoever writes holds a lock (`flock`) on the temporary file. The script of an uploader that died lives on until it has
/// written what was on its way, and would append that behind the bytes of the one who continues. One that does not give the
/// lock up, or a host without `flock`, costs the continuation: the next one begins a file of its own under the same name.
enum UploadScript {
    /// The longest part of a checksum that the temporary name carries.
    static let tagLength = 16
    /// Seconds that a writer before us may take for what was on its way when its connection ended.
    static let patience = 5

    static func temporaryPath(for path: String, sha256: String) -> String {
        "\(path).martlet-\(sha256.prefix(tagLength)).part"
    }

    /// From this size on, in bytes, openssl computes checksums where the host has it: four times as fast as coreutils, and some
    /// milliseconds slower to start.
    static let large = 4 << 20

    /// Prints `same`, or `have SIZE CHECKSUM` and then reads a line with the offset to go on from, and the bytes.
    ///
    /// At the end `done`, or `checksum SUM`; nothing if bytes are missing, which are kept for the next one. Each of these words
    /// follows `mark` and a space: a login shell may have printed something of its own before.
    ///
    /// With `takes` the line may be `take ADDRESS PORT TOKEN FILE OFFSET` instead, any number of times: the host takes the rest from
    /// another one (`TakeScript`) and says `done`, or `have SIZE CHECKSUM WHY` again.
    static func text(
        path: String, size: Int, sha256: String, mode: UInt16, mark: String, takes: Bool = false
    ) -> String {
        let octal = String(mode, radix: 8)
        // Whatever else openssl says than a checksum is not taken for one.
        let fast = """
            s=$(openssl dgst -sha256 -r <"$1" 2>/dev/null); s=${s%% *}; if [ ${#s} -eq 64 ]; then echo "$s"; return; fi
            """
        return """
            umask 077; say() { echo "\(mark) $*"; }; p=\(ShellEncoding.quoted(path)); t=\(ShellEncoding.quoted(temporaryPath(for: path, sha256: sha256)))
            h() { \(size >= large ? fast : "")
            sha256sum <"$1" | { read -r s x; echo "$s"; }; }
            mine() { [ "$t" -ef /proc/self/fd/9 ]; }
            if [ -d "$p" ]; then echo "it is a folder" >&2; exit 1; fi
            if [ -f "$p" ] && [ ! -L "$p" ] && [ "$(wc -c <"$p")" -eq \(size) ] && [ "$(h "$p")" = \(sha256) ]; then
            chmod \(octal) "$p" && say same; exit
            fi
            n=0; s=-
            if [ -f "$t" ] && [ ! -L "$t" ] && [ -w "$t" ] && exec 9>>"$t" && flock -w \(patience) 9 2>/dev/null && mine; then
            n=$(($(wc -c <"$t"))); s=$(h "$t")
            fi
            fresh() { rm -f "$t" && (set -C; : >"$t") && exec 9>>"$t" || return 1; flock -n 9 2>/dev/null; :; }
            \(takes ? TakeScript.text(size: size, sha256: sha256) : "")
            taken=; why=
            while :; do
            say have $n $s $why
            read -r from rest || exit 1
            [ "$from" = take ] || break
            take $rest
            if [ "$taken" ]; then break; fi
            done
            if [ ! "$taken" ]; then
            if [ "$from" -eq 0 ]; then fresh || exit 1; fi
            cat >&9 || exit 1
            mine || { echo "another upload of the same file took its place" >&2; exit 1; }
            [ "$(wc -c <"$t")" -ge \(size) ] || exit 1
            s=$(h "$t")
            if [ "$s" != \(sha256) ]; then rm -f "$t"; say checksum $s; exit 1; fi
            fi
            chmod \(octal) "$t" && { sync "$t" 2>/dev/null || sync; } && mine && mv -f "$t" "$p" && say done
            """
    }
}

/// The local half: bytes by position; what the kernel does not hold already is read on a side thread.
struct UploadReader: Sendable {
    let source: UploadSource
    let size: Int

    /// Pieces of this size are read, and held in memory, at a time: whole packets, of which libssh2 fills 32,700 bytes.
    static let pieceSize = 32 * 32_700
    /// What the kernel holds already is taken in smaller pieces, which stay in the processor's cache until they are sent.
    static let cachedPieceSize = 8 * 32_700

    init(_ source: UploadSource) async throws(SSHError) {
        self.source = source
        switch source {
        case .bytes(let bytes): size = bytes.count
        case .file(let path):
            guard let stamp = LocalFile.Stamp(of: path) else {
                throw .uploadFailed(path: path, reason: "the local file cannot be read")
            }
            size = stamp.size
        case .slice(let path, let offset, let size):
            guard let stamp = LocalFile.Stamp(of: path), stamp.size >= Int(offset) + size else {
                throw .uploadFailed(path: path, reason: "the local file cannot be read, or is shorter than it was")
            }
            self.size = size
        }
    }

    /// Where the source begins in its file.
    private var start: UInt64 {
        if case .slice(_, let offset, _) = source { offset } else { 0 }
    }

    /// Up to a piece from `offset` on; empty at the end.
    func piece(at offset: Int) async throws(SSHError) -> [UInt8] {
        switch source {
        case .bytes(let bytes): return Array(bytes[offset..<min(bytes.count, offset + Self.pieceSize)])
        case .file(let path), .slice(let path, _, _):
            let count = min(Self.pieceSize, size - offset)
            let start = Int(self.start) + offset
            let cached = LocalFile.cachedPiece(of: path, at: start, count: min(Self.cachedPieceSize, count))
            if !cached.isEmpty { return cached }
            let result = await BlockingPool.shared.run { LocalFile.piece(of: path, at: start, count: count) }
            switch result {
            case .success(let bytes): return bytes
            case .failure(let failure): throw .uploadFailed(path: path, reason: failure.text)
            }
        }
    }

    /// The checksum of the first `count` bytes, in hexadecimal; computed on a side thread.
    func checksum(first count: Int) async throws(SSHError) -> String {
        let source = source
        let start = Int(start)
        let result = await BlockingPool.shared.run { () -> Result<String, LocalFile.Failure> in
            var hash = SHA256()
            switch source {
            case .bytes(let bytes):
                bytes.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
            case .file(let path), .slice(let path, _, _):
                var offset = 0
                while offset < count {
                    switch LocalFile.piece(of: path, at: start + offset, count: min(Self.pieceSize, count - offset)) {
                    case .success(let bytes):
                        guard !bytes.isEmpty else { return .success("") }
                        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
                        offset += bytes.count
                    case .failure(let failure): return .failure(failure)
                    }
                }
            }
            return .success(Digest.hexadecimal(hash.finalize()))
        }
        switch result {
        case .success(let digest): return digest
        case .failure(let failure): throw .uploadFailed(path: "the local file", reason: failure.text)
        }
    }
}
