internal import Diagnostics
internal import FoundationEssentials

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Where things are kept that can be had again.
package enum CacheFolder {
    /// `$XDG_CACHE_HOME/martlet`, else `~/.cache/martlet`; relative values of the variable are ignored, as the
    /// XDG base directory specification wants it.
    package static func standard(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") { return folder + "/martlet" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/martlet" }
        return FileManager.default.temporaryDirectory.path + "/martlet-cache-\(getuid())"
    }
}

/// Writing files so that a reader sees the old or the new content, and never a half.
enum DurableFile {
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws(SystemError) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SystemError(errno, "create", temporary) }
        let failure = bytes.withUnsafeBytes { buffer -> CInt in
            var done = 0
            while done < buffer.count {
                #if canImport(Glibc)
                    let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                #else
                    let count = Musl.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                #endif
                if count < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                done += count
            }
            return fsync(descriptor) == 0 ? 0 : errno
        }
        close(descriptor)
        guard failure == 0 else {
            unlink(temporary)
            throw SystemError(failure, "write", path)
        }
        do throws(SystemError) { try move(temporary, to: path) } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Renames within a file system and makes the new name durable.
    static func move(_ old: String, to new: String) throws(SystemError) {
        guard rename(old, new) == 0 else { throw SystemError(errno, "rename to", new) }
        let descriptor = open(PathName.folder(of: new), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    static func remove(_ path: String) { unlink(path) }

    /// Makes a folder and what is above it.
    static func makeFolder(_ path: String) throws(SystemError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw SystemError(errno == 0 ? EIO : errno, "create the folder", path)
        }
    }
}
