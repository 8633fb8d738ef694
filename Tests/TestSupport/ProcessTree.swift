internal import Foundation

/// Processes of this machine, by their numbers.
package enum ProcessTree {
    package static func name(of pid: Int32) -> String {
        ((try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? "").trimmingCharacters(in: .newlines)
    }

    /// Of all its threads (proc(5), `/proc/pid/task/tid/children`).
    package static func children(of pid: Int32) -> [Int32] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.flatMap { thread in
            let list = try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/children", encoding: .utf8)
            return (list ?? "").split(separator: " ").compactMap { Int32($0) }
        }
    }

    /// The lowest first.
    package static func descendants(of pid: Int32) -> [Int32] {
        children(of: pid).flatMap { descendants(of: $0) + [$0] }
    }
}
