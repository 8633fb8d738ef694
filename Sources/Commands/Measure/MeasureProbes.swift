internal import ArgumentParser
internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Planning
internal import Transports

/// Asks hosts thirty typical questions the way `plan` and `apply` do: one script, one batch.
struct MeasureProbes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probes", abstract: "Ask thirty typical questions, or print the script that asks them.")

    @Option(help: "As of exec.")
    var target: [String] = []

    @Option(help: "How often each host is asked, on one connection.")
    var rounds = 1

    @Flag(name: .customLong("print"), help: "Print the script and end.")
    var printsScript = false

    func run() async throws {
        let script = ProbeScript(Self.questions)
        guard !printsScript else { return print(script.text, terminator: "") }
        let hosts = try HostChoice(file: nil, targets: target, patterns: [], role: nil).hosts()
        let fleet = Fleet(transport: SSHTransport(ask: PasswordPrompt.ask), hosts: hosts, lock: nil)
        var present = 0
        for _ in 0..<rounds {
            let gathering = await fleet.gather(hosts.map { ($0.name, script) })
            guard gathering.problems.isEmpty else { throw Diagnostics(gathering.problems) }
            present = gathering.facts.hosts.values.reduce(0) { $0 + $1.answers.values.count { $0.text != nil } }
        }
        await fleet.close()
        print("\(hosts.count) hosts, \(script.probes.count) questions each, \(present) found present")
    }

    /// The same things that the playbook and the deploy of scripts/benchmarks/checks look at.
    private static let questions: [Probe] =
        (1...8).map { .file("/srv/conf/app\($0).conf") }
        + (1...3).map { .file("/srv/secret/key\($0)") }
        + ["/srv/data", "/srv/log", "/srv/current1", "/srv/current2", "/srv/conf/gone"].map { .file($0) }
        + ["net.ipv4.ip_forward", "net.ipv4.tcp_syncookies", "vm.swappiness", "net.core.somaxconn", "kernel.pid_max"]
        .map { .sysctl($0) }
        + ["curl", "procps", "iptables"].map { .package($0) }
        + (1...2).map { .service("rigservice\($0).service") }
        + [
            .script("user-1", "getent passwd riguser1"),
            .script("user-2", "getent passwd riguser2"),
            .script("group", "getent group riggroup"),
            .script("line", "grep -x 'option = yes' /srv/conf/lines"),
        ]
}
