import Diagnostics
import Glibc

/// Turns `errno` into a diagnostic.
enum SystemCall {
    static func failure(_ name: String, on subject: String, number: Int32 = errno) -> Diagnostic {
        Diagnostic(
            code: "hosts.system-call-failed", "\(name) failed on \(subject)", detail: String(cString: strerror(number)))
    }
}
