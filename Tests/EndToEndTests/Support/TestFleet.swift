import Foundation
import Glibc
import Synchronization
import TestSupport

/// Local hosts of one suite, and the spec that `hosts create` wrote for them.
final class TestFleet: Sendable {
    let ground: Ground
    let name: String
    /// Holds specs, kubeconfigs and the output of programs; goes away with the fleet.
    let folder: String
    /// The spec as written.
    let spec: Spec
    let user: String
    /// Their names.
    let hosts: [String]
    /// Goes away with the process, however that ends.
    private let claim: FleetClaim
    private let leaders = Mutex<[String: Int32]>([:])

    private init(
        ground: Ground, claim: FleetClaim, name: String, folder: String, spec: Spec, user: String, hosts: [String]
    ) {
        self.ground = ground
        self.claim = claim
        self.name = name
        self.folder = folder
        self.spec = spec
        self.user = user
        self.hosts = hosts
    }

    /// Boots the hosts; what a crashed run left under the same name is removed first.
    static func create(_ name: String, controlPlanes: Int, workers: Int, user: String = "root") async throws
        -> TestFleet
    {
        let ground = try Ground.find()
        let claim = try FleetClaim(name)
        let folder = FileManager.default.temporaryDirectory.path + "/martlet-\(name)"
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        _ = try await Running(ground.program, ["hosts", "destroy", name, "--yes"]).wait(seconds: 120)
        let path = folder + "/cluster.yaml"
        let outcome = try await Running(
            ground.program,
            [
                "hosts", "create", "--name", name, "--control-planes", "\(controlPlanes)", "--workers", "\(workers)",
                "--user", user, "--bundle", ground.bundle, "--spec", path, "--install",
            ]
        ).wait(seconds: 600)
        guard outcome.status == 0 else { throw Failure("hosts create: \(outcome.said)") }
        return TestFleet(
            ground: ground, claim: claim, name: name, folder: folder, spec: try Spec(path: path), user: user,
            hosts: (1...controlPlanes).map { "cp-\($0)" } + (1...workers).map { "worker-\($0)" })
    }

    func destroy() async throws {
        let outcome = try await martlet("hosts", "destroy", name, "--yes")
        try? FileManager.default.removeItem(atPath: folder)
        guard outcome.status == 0 else { throw Failure("hosts destroy: \(outcome.said)") }
    }

    func martlet(_ arguments: String..., seconds: Double = 300, home: String? = nil) async throws -> Outcome {
        try await start(arguments, home: home).wait(seconds: seconds)
    }

    /// Starts the program.
    ///
    /// A different home moves `~/.ssh`, not the state of the hosts.
    func start(
        _ arguments: [String], home: String? = nil, environment: [String: String] = [:]
    ) throws -> Running {
        var environment = environment
        if let home { environment.merge(["HOME": home, "XDG_STATE_HOME": Self.state]) { given, _ in given } }
        return try Running(ground.program, arguments, environment: environment)
    }

    private static var state: String {
        let environment = ProcessInfo.processInfo.environment
        return environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory() + "/.local/state"
    }

    /// martlet's record of what it did.
    var journal: String { Self.state + "/martlet/journal/\(name).jsonl" }

    // MARK: At the console

    /// Runs a script as root on a host, as if at its console: not over SSH, which is what is being tested.
    @discardableResult
    func console(_ host: String, _ script: String, seconds: Double = 60) async throws -> String {
        let outcome = try await attempt(host, script, seconds: seconds)
        guard outcome.status == 0 else { throw Failure("on \(host): \(script.prefix(200)): \(outcome.said)") }
        return outcome.output
    }

    func attempt(_ host: String, _ script: String, seconds: Double = 60) async throws -> Outcome {
        let leader = try await leader(of: host)
        return try await Running(
            "/usr/bin/nsenter",
            ["-t", "\(leader)", "-a", "--", "/bin/sh", "-c", "export PATH=/usr/local/bin:$PATH\n\(script)"]
        ).wait(seconds: seconds)
    }

    /// The number that this machine gives to a host's process of that name.
    func process(_ name: String, on host: String) async throws -> Int32 {
        var waiting = [try await leader(of: host)]
        while let next = waiting.popLast() {
            if ProcessTree.name(of: next) == name { return next }
            waiting += ProcessTree.children(of: next)
        }
        throw Failure("no \(name) runs on \(host)")
    }

    // MARK: Beside the hosts

    /// Starts a shell script on this machine that goes on until `endAside`.
    func aside(_ what: String, _ script: String) async throws {
        let begin = #"setsid sh -c "$0" >/dev/null 2>&1 </dev/null & echo $!"#
        let outcome = try await Running("/bin/sh", ["-c", begin, script]).wait(seconds: 10)
        try outcome.output.write(toFile: folder + "/\(what).pid", atomically: true, encoding: .utf8)
    }

    func endAside(_ what: String) async throws {
        let end = #"read -r pid <"$0" && kill "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done; rm "$0""#
        _ = try await Running("/bin/sh", ["-c", end, folder + "/\(what).pid"]).wait(seconds: 30)
    }

    /// The first process of a host as this machine counts it.
    private func leader(of host: String) async throws -> Int32 {
        // It is another one after each boot.
        if let known = leaders.withLock({ $0[host] }), Self.firstInside(known) == known { return known }
        let leader = try await askForLeader(of: host)
        leaders.withLock { $0[host] = leader }
        return leader
    }

    private func askForLeader(of host: String) async throws -> Int32 {
        struct Answer: Decodable {
            struct Fleet: Decodable {
                struct Host: Decodable {
                    var name: String
                    var pid: Int32?
                }
                var name: String
                var hosts: [Host]
            }
            var fleets: [Fleet]
        }
        let outcome = try await martlet("hosts", "list", "--format", "json")
        let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
        guard let pid = answer.fleets.first(where: { $0.name == name })?.hosts.first(where: { $0.name == host })?.pid,
            let leader = Self.firstInside(pid)
        else { throw Failure("\(host) does not run") }
        return leader
    }

    /// The first descendant that lives in a namespace of processes of its own.
    private static func firstInside(_ pid: Int32) -> Int32? {
        let manager = FileManager.default
        func space(_ process: String) -> String? {
            try? manager.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/pid")
        }
        guard let ours = space("self") else { return nil }
        var waiting = [pid]
        while let next = waiting.popLast() {
            if let theirs = space("\(next)"), theirs != ours { return next }
            waiting += ProcessTree.children(of: next)
        }
        return nil
    }
}
