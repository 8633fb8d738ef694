import Diagnostics
import Glibc

/// The mounts of this process's mount namespace.
struct MountTable {
    struct Entry: Hashable {
        /// The folder of the file system that is mounted here.
        var root: String
        var mountPoint: String
        var type: String
        /// Options of the file system itself, for control groups the names of the controllers.
        var options: [String]
    }

    /// In the order of mounting.
    var entries: [Entry]

    /// Parses /proc/self/mountinfo.
    init(mountInfo text: String) {
        entries = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ").map(String.init)
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
            return Entry(
                root: Self.unescape(fields[3]), mountPoint: Self.unescape(fields[4]), type: fields[dash + 1],
                options: fields[dash + 3].split(separator: ",").map(String.init))
        }
    }

    static func current() -> MountTable { MountTable(mountInfo: Files.read("/proc/self/mountinfo") ?? "") }

    /// Mount points at or below a folder, the one to unmount first in front.
    func mountPoints(below folder: String) -> [String] {
        entries.map(\.mountPoint).filter { $0 == folder || $0.hasPrefix(folder + "/") }.reversed()
    }

    func contains(mountPoint: String) -> Bool { entries.contains { $0.mountPoint == mountPoint } }

    /// Unmounts everything at or below a folder; what is busy is detached at once and goes when it is free.
    static func unmountAll(below folder: String) throws {
        for _ in 0..<8 {
            let points = current().mountPoints(below: folder)
            if points.isEmpty { return }
            for point in points where umount2(point, 0) != 0 {
                _ = umount2(point, Int32(MNT_DETACH))
            }
        }
        let left = current().mountPoints(below: folder)
        if !left.isEmpty {
            throw Diagnostic(
                code: "hosts.leftovers", "mounts below \(folder) cannot be removed",
                hint: "end the processes that use them, then run this again", evidence: left)
        }
    }

    /// mountinfo writes space, tab, newline and backslash as octal.
    private static func unescape(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
