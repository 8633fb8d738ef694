/// A read-only question to one host.
///
/// Equal probes are asked once.
///
/// All probes of a host travel in one batch: those of a kind are answered by one process (`ProbeScript`).
package struct Probe: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Answer: `file MODE UID GID SHA256`, `directory MODE UID GID`, `link TARGET` or `other`; absent if there is none.
        case file
        /// A large file that martlet copied. Answer as for `file`, without reading it: the digest is the one recorded when it
        /// was copied, as long as size, inode and change time are those of that moment (`BlobRecord`).
        case blob
        /// Answer: `LOAD ACTIVE ENABLED` as systemd names them, for example `loaded active enabled`; absent if not loaded.
        case service
        /// Answer: the installed version; absent if not installed.
        case package
        /// Answer: the value with inner white space as single spaces; absent if the kernel has no such setting.
        case sysctl
        /// Answer: what the script printed, without trailing newlines, when it exits 0; absent when it exits 1;
        /// unknown otherwise.
        case script
    }

    package let kind: Kind
    /// A path, unit, package, setting, or for a script its identifier.
    package let subject: String
    /// Only for `.script`: POSIX sh, run in a subshell with no standard input.
    package let text: String?

    package static func file(_ path: String) -> Probe { Probe(kind: .file, subject: path, text: nil) }
    package static func blob(_ path: String) -> Probe { Probe(kind: .blob, subject: path, text: nil) }
    package static func service(_ unit: String) -> Probe { Probe(kind: .service, subject: unit, text: nil) }
    package static func package(_ name: String) -> Probe { Probe(kind: .package, subject: name, text: nil) }
    package static func sysctl(_ name: String) -> Probe { Probe(kind: .sysctl, subject: name, text: nil) }
    package static func script(_ id: String, _ text: String) -> Probe { Probe(kind: .script, subject: id, text: text) }

    package static func == (left: Probe, right: Probe) -> Bool {
        left.kind == right.kind && left.subject == right.subject
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(subject)
    }
}
