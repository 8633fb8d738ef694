import ClusterModel
import Planning
import TestSupport
import Testing

@testable import Catalogue

/// The scripts as hosts run them, on files of a folder of the test.
@Suite("Files of others that stand in the way")
struct ForeignFileTests {
    private let host: Scratch
    private let ours = ContainerdConfiguration(release: .one, sandboxImage: "registry.example/pause:3.10").text

    init() throws { host = try Scratch() }

    private func run(_ script: (String) -> String, shell: String) throws {
        let outcome = try LocalShell.run("set -eu\n" + script(host.file("config.toml")), shell: shell)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.said)")
    }

    private var aside: String { "config.toml" + ForeignFile.suffix }

    @Test("Is put aside before ours is written, with its mode, and given back", arguments: LocalShell.all)
    func foreign(_ shell: String) throws {
        try host.write("config.toml", "disabled_plugins = [\"cri\"]\n", mode: 0o640)
        try run(ForeignFile.putAside, shell: shell)
        #expect(host.names == [aside])
        try host.write("config.toml", ours)
        // Changed since, and applied again: what the host was like stays.
        try host.write("config.toml", "somebody = \"again\"\n")
        try run(ForeignFile.putAside, shell: shell)
        #expect(try host.read(aside) == "disabled_plugins = [\"cri\"]\n")
        try host.write("config.toml", ours)
        // A reset that broke off is run again.
        for _ in 0..<2 {
            try run(ForeignFile.giveBack, shell: shell)
            #expect(try host.read("config.toml") == "disabled_plugins = [\"cri\"]\n")
            #expect(try host.mode("config.toml") == 0o640)
            #expect(host.names == ["config.toml"])
        }
    }

    @Test("Our own file is no other's: it is not put aside, and nothing is left of it", arguments: LocalShell.all)
    func own(_ shell: String) throws {
        try host.write("config.toml", ours + "edited = true\n")
        try run(ForeignFile.putAside, shell: shell)
        #expect(host.names == ["config.toml"])
        try run(ForeignFile.giveBack, shell: shell)
        #expect(host.names == [])
    }

    @Test("Where there is none, nothing is done", arguments: LocalShell.all)
    func absent(_ shell: String) throws {
        try run(ForeignFile.putAside, shell: shell)
        try run(ForeignFile.giveBack, shell: shell)
        #expect(host.names == [])
    }

    @Test(
        "A file outlives the removal of its package unless it is as the package brought it", arguments: LocalShell.all,
        [true, false])
    func removal(_ shell: String, _ isOfThePackage: Bool) throws {
        let path = try host.write("config.toml", "somebody = \"theirs\"\n")
        let sum = isOfThePackage ? try Running.succeed("md5sum", [path]).prefix(32) : "0123456789abcdef0123456789abcdef"
        // As dpkg tells it.
        try host.write("bin/dpkg-query", "#!/bin/sh\necho ' \(path) \(sum)'\n", mode: 0o755)
        let (before, after) = ForeignFile.keep(path, from: "containerd")
        let outcome = try LocalShell.run(
            "set -eu\n\(before)\nrm -f \(path)\n\(after)", shell: shell,
            environment: ["PATH": "\(host.path)/bin:/usr/bin:/bin"], isAlone: true)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.said)")
        #expect(host.names == (isOfThePackage ? ["bin"] : ["bin", "config.toml"]))
    }

    @Test("Reset gives the runtime's configuration back before it removes packages")
    func order() throws {
        let cluster = Scenario().complete
        let plan = ResetCatalogue.plan(cluster.spec, hosts: cluster.spec.hosts)
        #expect(plan.steps.count == cluster.spec.hosts.count)
        for step in plan.steps {
            guard case .script(let script) = step.actions.first else {
                Issue.record("\(step.id) has no script")
                continue
            }
            let back = try #require(script.text.firstRange(of: ForeignFile.giveBack(ContainerdConfiguration.path)))
            let purge = try #require(script.text.firstRange(of: "apt-get -q -y"))
            #expect(back.lowerBound < purge.lowerBound)
        }
    }
}
