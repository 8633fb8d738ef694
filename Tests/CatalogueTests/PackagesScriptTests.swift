import ClusterModel
import Planning
import TestSupport
import Testing

@testable import Catalogue

/// The installation as hosts run it; apt and dpkg are doubles with the words of apt 2.6, because a real one would install.
@Suite("The installation of packages")
struct PackagesScriptTests {
    private let host: Scratch

    init() throws {
        host = try Scratch()
        try host.makeFolder("run")
        try double("dpkg", "true")
        try double("dpkg-query", "echo kmod")
        try double("sleep", "true")
    }

    private func double(_ name: String, _ text: String) throws {
        try host.write("bin/\(name)", "#!/bin/sh\n\(text)\n", mode: 0o755)
    }

    /// - Parameters:
    ///   - update, install: what `apt-get` says and does when it is told so.
    private func install(update: String, install: String, shell: String) throws -> Outcome {
        try double(
            "apt-get",
            """
            echo "$*" >>\(host.path)/calls
            case " $* " in
            *' update '*) \(update) ;;
            *' install '*) \(install) ;;
            esac
            """)
        let plan = Scenario(profile: .lab, packages: .distribution).fresh.plan()
        let step = try #require(plan.steps.first { $0.id == "packages@worker1" })
        guard case .script(let script) = step.actions.first else { throw Failure("the step has no script") }
        let text = script.text.replacing("/run/", with: "\(host.path)/run/")
            .replacing("/var/lib/martlet", with: "\(host.path)/martlet")
        return try LocalShell.run(
            "set -eu\n" + text, shell: shell, environment: ["PATH": "\(host.path)/bin:/usr/bin:/bin"], isAlone: true)
    }

    private func calls(_ word: String) throws -> Int {
        try host.read("calls").split(separator: "\n").count { " \($0) ".contains(" \(word) ") }
    }

    @Test("The daily run of apt at boot is waited for", arguments: LocalShell.all)
    func lists(_ shell: String) throws {
        let refusal = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)"
        let outcome = try install(
            update: "[ $(grep -c ' update' \(host.path)/calls) -gt 3 ] || { echo '\(refusal)' >&2; exit 100; }",
            install: "true", shell: shell)
        #expect(outcome.status == 0, "\(outcome.said)")
        #expect(try calls("update") == 4)
        #expect(try calls("install") == 1)
    }

    @Test("One that never ends is named", arguments: LocalShell.all)
    func stuck(_ shell: String) throws {
        let refusal = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)"
        let outcome = try install(
            update: "echo '\(refusal)' >&2; exit 100",
            install: "echo 'E: Unable to locate package socat' >&2; exit 100",
            shell: shell)
        #expect(outcome.status == 1)
        #expect(try calls("update") == 100)
        #expect(outcome.errors.contains("lists/lock"), "\(outcome.said)")
    }

    @Test("An archive that is broken keeps nothing from coming from the others", arguments: LocalShell.all)
    func brokenArchive(_ shell: String) throws {
        let complaint = "E: The repository 'https://example.org stable Release' does not have a Release file."
        let outcome = try install(update: "echo \"\(complaint)\" >&2; exit 100", install: "true", shell: shell)
        #expect(outcome.status == 0, "\(outcome.said)")
        #expect(try calls("update") == 1)
        let failed = try install(
            update: "echo \"\(complaint)\" >&2; exit 100",
            install: "echo 'E: Unable to locate package socat' >&2; exit 100",
            shell: shell)
        #expect(failed.status == 1)
        #expect(failed.errors.contains("Release file") && failed.errors.contains("socat"), "\(failed.said)")
    }

    @Test("No package is taken away for another, and the failure says which would be", arguments: LocalShell.all)
    func conflict(_ shell: String) throws {
        let outcome = try install(
            update: "true",
            install:
                "echo 'The following packages will be REMOVED:'; echo '  containerd.io docker-ce'; "
                + "echo 'E: Packages need to be removed but remove is disabled.' >&2; exit 100",
            shell: shell)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("containerd.io docker-ce"), "\(outcome.said)")
        #expect(outcome.errors.contains("remove is disabled"))
        #expect(try calls("--no-remove") == 2)
    }
}
