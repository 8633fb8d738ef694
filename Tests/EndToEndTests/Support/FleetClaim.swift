import Foundation
import Glibc
import TestSupport

/// Keeps two runs of the tests from destroying each other's hosts: each begins by removing what a crashed one left.
final class FleetClaim: Sendable {
    private let descriptor: Int32

    /// - Throws: `Failure` if another run uses these hosts.
    init(_ name: String) throws {
        let path = FileManager.default.temporaryDirectory.path + "/martlet-\(name).lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("\(path) cannot be opened: \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure("another run of these tests uses the hosts \(name): wait for its end")
        }
    }

    deinit { close(descriptor) }
}
