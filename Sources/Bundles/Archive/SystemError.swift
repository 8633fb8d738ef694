internal import Diagnostics

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// A call to the operating system that failed, with the file it was about.
struct SystemError: Error, Hashable, CustomStringConvertible {
    var number: CInt
    var call: String
    var path: String

    init(_ number: CInt, _ call: String, _ path: String) {
        self.number = number
        self.call = call
        self.path = path
    }

    var isMissing: Bool { number == ENOENT || number == ENOTDIR }
    var isLink: Bool { number == ELOOP }

    func diagnostic(_ code: String, _ summary: String, exitCode: ExitStatus = .invalid) -> Diagnostic {
        Diagnostic(code: code, summary, detail: description, exitCode: exitCode)
    }

    var reason: String { String(cString: strerror(number)) }
    var description: String { "\(call) \(path): \(reason)" }
}
