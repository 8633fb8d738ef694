import Diagnostics
import Glibc

/// Builds the base tree once for each recipe; many processes may ask for it at the same time.
struct BaseTree {
    /// Where trees and downloaded packages are kept.
    var cache: String
    var say: Narrator

    private var place: String { "\(cache)/\(TreeRecipe.key)" }
    private var tree: String { place + "/tree" }

    /// Makes a copy of the tree at `target` (hard links where the file systems allow), building it first if need be.
    ///
    /// The copy is made under the cache's lock and appears at once or not at all.
    func provide(at target: String) async throws {
        if Files.exists(target) { return }
        try Files.makeFolder(cache)
        let lock = try await FileLock.acquire(
            "\(cache)/\(TreeRecipe.key).lock", patience: nil, subject: "the base tree",
            busy: { say("waiting for another martlet that works on the base tree") })
        try await lock.during { try await copy(to: target) }
    }

    private func copy(to target: String) async throws {
        if Files.read(place + "/recipe") != TreeRecipe.text { try await build() }
        let partial = target + ".partial"
        try await Files.removeTree(partial)
        let linked = try await LocalProgram.attempt("cp", ["-a", "--link", "--", tree, partial])
        if linked.status != 0 {
            try await Files.removeTree(partial)
            try await LocalProgram.run("cp", ["-a", "--", tree, partial])
        }
        guard rename(partial, target) == 0 else { throw SystemCall.failure("rename", on: target) }
    }

    private func build() async throws {
        try await Files.removeTree(place)
        let partial = place + ".partial"
        try MountTable.unmountAll(below: partial)
        try await Files.removeTree(partial)
        let packages = cache + "/packages"
        try Files.makeFolder(packages)
        try Files.makeFolder(partial)
        let archive = try AptSources.ofThisMachine().archive(for: TreeRecipe.suite, machineSuite: Self.machineSuite)
        say("building the base tree of the hosts from \(archive.uri) (about a minute, once)")
        let tree = partial + "/tree"
        var arguments = ["debootstrap", "--variant=minbase", "--include=" + TreeRecipe.packages.joined(separator: ",")]
        arguments.append("--cache-dir=\(packages)")
        if let keyring = archive.keyring { arguments.append("--keyring=\(keyring)") }
        arguments += [TreeRecipe.suite, tree, archive.uri]
        do {
            try await contained(arguments)
            for file in TreeRecipe.files {
                let path = tree + file.path
                if let slash = path.lastIndex(of: "/") { try Files.makeFolder(String(path[..<slash])) }
                try Files.write(file.text, to: path, mode: file.mode)
            }
            try await contained(["chroot", tree, "/bin/sh", "-c", TreeRecipe.finish])
        } catch var problem as Diagnostic {
            if let log = Files.read(tree + "/debootstrap/debootstrap.log") {
                problem.evidence += log.split(whereSeparator: \.isNewline).suffix(12).map(String.init)
            }
            problem.hint =
                "check the archive's address in /etc/apt; packages that were fetched are kept for the next try"
            throw problem
        }
        try Files.writeAtomically(TreeRecipe.text, to: partial + "/recipe")
        guard rename(partial, place) == 0 else { throw SystemCall.failure("rename", on: place) }
        try await removeOthers()
    }

    /// Removes trees of other recipes that nobody is working on; fleets have copies of their own.
    private func removeOthers() async throws {
        let others = Set(Files.names(in: cache).compactMap { $0.split(separator: ".").first.map(String.init) })
            .subtracting([TreeRecipe.key, "packages"])
        for key in others.sorted() {
            guard let lock = try FileLock.attempt("\(cache)/\(key).lock") else { continue }
            for suffix in ["", ".partial", ".lock"] { try await Files.removeTree("\(cache)/\(key)\(suffix)") }
            withExtendedLifetime(lock) {}
        }
    }

    /// Runs a program in pid and mount namespaces of its own that end with this process, however it ends: neither
    /// processes nor mounts of a half-built tree can stay behind.
    private func contained(_ command: [String]) async throws {
        let output = try await LocalProgram.attempt(
            "unshare", ["--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"] + command,
            environment: try await Self.proxy())
        if output.status != 0 { throw LocalProgram.failure(command[0], Array(command.dropFirst()), output) }
    }

    /// apt's own proxy, handed to debootstrap.
    private static func proxy() async throws -> [String: String] {
        let output = try await LocalProgram.attempt("apt-config", ["dump", "--format=%v%n", "Acquire::http::Proxy"])
        let value = output.text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return value.hasPrefix("http") ? ["http_proxy": value] : [:]
    }

    /// The release of this machine, if it is a Debian.
    private static var machineSuite: String? {
        let lines = (Files.read("/etc/os-release") ?? "").split(whereSeparator: \.isNewline)
        guard lines.contains("ID=debian") else { return nil }
        return lines.first { $0.hasPrefix("VERSION_CODENAME=") }.map { String($0.dropFirst(17)) }
    }
}
