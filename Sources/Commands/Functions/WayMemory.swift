internal import Diagnostics
internal import Foundation
internal import Functions

/// Ways to functions that were open before, so that an invocation is one HTTP request and nothing else.
///
/// A cache of addresses, without credentials; whatever is wrong with it is as if it were not there.
struct WayMemory {
    struct Way: Codable {
        var framework: String
        var adapter: FunctionAdapter
        var namespace: String
        var core: String
        /// Nil where functions have Services of their own.
        var door: ServiceDoor?
        /// Of the function's URL (Knative).
        var host: String?
        /// Seconds since 1970.
        var time: Double
    }

    /// nil remembers nothing.
    private let path: String?
    /// After which it is looked for anew: addresses of nodes change.
    static let lifetime = 3600.0

    /// - Parameter identity: how the cluster and the framework were named; nil remembers nothing.
    init(_ identity: String?) {
        guard let identity else {
            path = nil
            return
        }
        let environment = ProcessInfo.processInfo.environment
        let base = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory() + "/.cache"
        path = "\(base)/martlet/ways/\(FileMark.text(identity.utf8)).json"
    }

    func recall(_ function: String, now: Date = Date()) -> Way? {
        guard let path, let data = FileManager.default.contents(atPath: path),
            let ways = try? JSONDecoder().decode([String: Way].self, from: data), let way = ways[function],
            now.timeIntervalSince1970 - way.time < Self.lifetime, now.timeIntervalSince1970 >= way.time
        else { return nil }
        return way
    }

    func remember(_ way: Way?, of function: String) {
        guard let path else { return }
        let data = FileManager.default.contents(atPath: path)
        var ways = data.flatMap { try? JSONDecoder().decode([String: Way].self, from: $0) } ?? [:]
        ways[function] = way
        guard let text = try? JSONEncoder().encode(ways) else { return }
        try? FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try? LocalWrite.replace(path, with: text, mode: 0o600)
        if way != nil { removeOld(PathName.folder(of: path)) }
    }

    /// Each change of a kubeconfig begins a file of its own; those that nobody can use any more go.
    private func removeOld(_ folder: String) {
        let manager = FileManager.default
        for name in (try? manager.contentsOfDirectory(atPath: folder)) ?? [] {
            let file = "\(folder)/\(name)"
            guard let time = (try? manager.attributesOfItem(atPath: file))?[.modificationDate] as? Date,
                Date().timeIntervalSince(time) > Self.lifetime
            else { continue }
            try? manager.removeItem(atPath: file)
        }
    }

    /// All that is remembered of this cluster.
    func remove() { if let path { try? FileManager.default.removeItem(atPath: path) } }
}
