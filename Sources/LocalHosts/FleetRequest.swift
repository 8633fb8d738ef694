import Diagnostics

/// What `hosts create` was asked for.
package struct FleetRequest: Sendable {
    package var name: String
    /// Names with roles (`control-plane`, `worker`), in order.
    package var hosts: [(name: String, roles: [String])]
    /// A /24 in 10.0.0.0/8; nil: one that is free.
    package var network: String?
    package var user: String
    package var memoryBytes: UInt64?
    package var cpus: Double?
    /// How long the hosts may take to boot.
    package var deadline: Duration

    package init(
        name: String, hosts: [(name: String, roles: [String])], network: String? = nil, user: String = "root",
        memoryBytes: UInt64? = nil, cpus: Double? = nil, deadline: Duration = .seconds(120)
    ) {
        self.name = name
        self.hosts = hosts
        self.network = network
        self.user = user
        self.memoryBytes = memoryBytes
        self.cpus = cpus
        self.deadline = deadline
    }

    /// Names hosts and gives them roles.
    ///
    /// Without any number: three control planes and a worker. With a total (`count`, or as many as `names`): three
    /// control planes from four hosts on, else one; the others are workers. A cluster without workers lets its control
    /// planes do the work.
    package static func layout(
        names: [String] = [], count: Int? = nil, controlPlanes: Int? = nil, workers: Int? = nil
    ) throws -> [(name: String, roles: [String])] {
        func usage(_ summary: String) -> Diagnostic {
            Diagnostic(code: "hosts.invalid-layout", summary, exitCode: .usage)
        }
        if !names.isEmpty, let count, count != names.count {
            throw usage("--count \(count) does not go with \(names.count) names")
        }
        let total = names.isEmpty ? count : names.count
        let masters: Int
        let others: Int
        switch (total, controlPlanes, workers) {
        case (let total?, let given?, nil): (masters, others) = (given, total - given)
        case (let total?, nil, let given?): (masters, others) = (total - given, given)
        case (let total?, nil, nil): (masters, others) = total >= 4 ? (3, total - 3) : (1, total - 1)
        case (let total?, let first?, let second?):
            guard first + second == total else {
                throw usage("\(first) control planes and \(second) workers are not \(total) hosts")
            }
            (masters, others) = (first, second)
        case (nil, let first, let second): (masters, others) = (first ?? 3, second ?? 1)
        }
        guard masters >= 1 else { throw usage("a fleet needs a control plane") }
        guard others >= 0 else { throw usage("\(masters) control planes are more than the hosts") }
        guard masters + others <= 64 else { throw usage("a fleet has at most 64 hosts") }
        let chosen =
            names.isEmpty ? (1...masters).map { "cp-\($0)" } + (0..<others).map { "worker-\($0 + 1)" } : names
        for name in chosen { try HostName.check(name, what: "host") }
        guard Set(chosen).count == chosen.count, !chosen.contains("localhost") else {
            throw usage("the names of hosts must differ from each other and from localhost")
        }
        return chosen.enumerated().map { index, name in
            (name, index >= masters ? ["worker"] : others == 0 ? ["control-plane", "worker"] : ["control-plane"])
        }
    }
}
