internal import CLibSSH2

/// SSH connections to many hosts from one thread, over libssh2.
///
/// One `EventLoop` owns one thread. Every `SSHSession` is an actor that runs on it, so that no two calls of libssh2 ever
/// meet; waiting is done by suspending, never by blocking. What blocks by nature (name resolution, key files, the
/// agent's socket) runs on `BlockingPool`.
package enum SecureShell {
    /// The version of the library that was found at run time, for example `1.10.0`.
    package static let libraryVersion: String = {
        guard let text = libssh2_version(0) else { return "unknown" }
        return String(cString: text)
    }()

    /// Whether the library can sign with an RSA key in a way that servers since OpenSSH 8.8 accept (1.11 and later).
    package static let signsModernRSA = libssh2_version(0x010b00) != nil

    /// Initialises the library once; it is not safe to do that from two threads.
    ///
    /// Hundreds of connections need little of what the start of a program needs.
    static let initialised: Bool = {
        martlet_unmap_code()
        return libssh2_init(0) == 0
    }()
}
