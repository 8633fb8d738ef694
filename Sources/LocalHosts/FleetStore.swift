import Diagnostics
import Foundation
import Glibc

/// All fleets of this user on this machine.
package struct FleetStore: Sendable {
    /// Holds one folder for each fleet.
    let root: String
    /// Holds the base trees and downloaded packages; safe to delete.
    let cache: String

    /// The folders of the XDG base directory specification.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let home = environment["HOME"] ?? "/root"
        root = Self.folder(environment["XDG_STATE_HOME"], or: "\(home)/.local/state") + "/martlet/hosts"
        cache = Self.folder(environment["XDG_CACHE_HOME"], or: "\(home)/.cache") + "/martlet/host-trees"
    }

    /// A relative path in an XDG variable is to be ignored.
    private static func folder(_ value: String?, or standard: String) -> String {
        guard let value, value.hasPrefix("/") else { return standard }
        return value
    }

    func folder(_ fleet: String) -> FleetFolder { FleetFolder(path: "\(root)/\(fleet)") }

    /// Names of the fleets that have a folder, complete or not.
    package func names() -> [String] {
        Files.names(in: root).filter { !$0.hasPrefix(".") && Files.isFolder("\(root)/\($0)") }
    }

    /// nil if there is no such fleet, or if its creation had not got as far as writing its record.
    package func record(of fleet: String) throws -> FleetRecord? {
        let path = folder(fleet).record
        guard let text = Files.read(path) else { return nil }
        do {
            return try FleetRecord(decoding: text)
        } catch {
            throw Diagnostic(
                code: "hosts.record-invalid", "\(path) cannot be read", detail: "\(error)",
                hint: "it was written by another version of martlet, or edited", exitCode: .invalid)
        }
    }

    package func records() throws -> [FleetRecord] { try names().compactMap { try record(of: $0) } }

    func save(_ record: FleetRecord) throws {
        try Files.writeAtomically(try record.encoded(), to: folder(record.name).record, mode: 0o600)
    }

    /// The lock of a fleet; its folder must exist.
    ///
    /// Waits half a minute at most.
    func lock(_ fleet: String) async throws -> FileLock {
        try await FileLock.acquire(folder(fleet).lock, patience: .seconds(30), subject: "the fleet \(fleet)")
    }

    /// Overlay options take a path apart at these characters.
    func checkPath() throws {
        if root.contains(where: { ",:\\\"\n ".contains($0) }) {
            throw Diagnostic(
                code: "hosts.path-unusable",
                "the state folder's path has a character that overlayfs or ssh cannot take",
                detail: root, hint: "set XDG_STATE_HOME to a path without spaces, commas, colons and backslashes",
                exitCode: .usage)
        }
    }
}
