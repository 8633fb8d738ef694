import Diagnostics
import Foundation
import Glibc

/// The file that a specification is written to; an existing one is never replaced.
struct SpecificationFile: Sendable {
    let path: String

    /// Throws if the file exists or its folder does not, before any work is done.
    init(path: String) throws {
        self.path = path
        if access(path, F_OK) == 0 { throw Self.exists(path) }
        guard access(PathName.folder(of: path), W_OK) == 0 else {
            throw Diagnostic(
                code: "hosts.spec-unwritable", "\(path) cannot be written", detail: String(cString: strerror(errno)),
                exitCode: .usage)
        }
    }

    func write(_ text: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
            chmod(path, 0o644)
        } catch CocoaError.fileWriteFileExists {
            throw Self.exists(path)
        }
    }

    private static func exists(_ path: String) -> Diagnostic {
        Diagnostic(
            code: "hosts.spec-exists", "\(path) exists and is not overwritten",
            hint: "name another file with --spec, or remove it", exitCode: .usage)
    }
}
