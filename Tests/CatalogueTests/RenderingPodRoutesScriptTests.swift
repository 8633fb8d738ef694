import Foundation
import TestSupport
import Testing

@testable import Catalogue

/// Runs the script of the pod routes with `ip`, `iptables` and `iptables-restore` that only write down how they are
/// called.
@Suite("Script of the pod routes")
struct RenderingPodRoutesScriptTests {
    struct Run: Equatable {
        var status: Int32
        var calls: [String]
        var rules: String

        /// What changes routes.
        var changes: [String] { calls.filter { $0.contains(" replace ") || $0.contains(" del ") } }
    }

    static let table = PodRoutes.table(
        pods: "10.244.0.0/16",
        entries: [
            PodRoutes.Entry(podCIDR: "10.244.0.0/24", via: "10.20.0.11"),
            PodRoutes.Entry(podCIDR: "10.244.1.0/24", via: "10.20.0.12"),
            PodRoutes.Entry(podCIDR: "10.244.2.0/24", via: "10.20.0.13"),
        ])

    /// - Parameters:
    ///   - present: lines of `ip route show proto 77`.
    ///   - hasRules: what `iptables -C` answers.
    ///   - refused: a subnet whose route cannot be set.
    func run(
        table: String = Self.table, present: [String] = [], hasRules: Bool = false, refused: String = "none",
        arguments: [String] = []
    ) throws -> Run {
        let folder = try Scratch()
        func write(_ name: String, _ text: String) throws { try folder.write(name, text, mode: 0o755) }
        try write("table", table)
        try write("present", present.map { $0 + "\n" }.joined())
        try write("calls", "")
        try write("rules", "")
        try write(
            "ip",
            """
            #!/bin/sh
            echo "ip $*" >>'\(folder.path)/calls'
            case "$*" in
                *'address show') echo '1: lo    inet 127.0.0.1/8 scope host lo'
                    echo '2: eth0    inet 10.20.0.11/24 brd 10.20.0.255 scope global eth0' ;;
                *'route show'*) cat '\(folder.path)/present' ;;
                *'\(refused)'*) exit 2 ;;
            esac

            """)
        try write(
            "iptables",
            """
            #!/bin/sh
            echo "iptables $*" >>'\(folder.path)/calls'
            case "$*" in *' -C '*) exit \(hasRules ? 0 : 1) ;; esac

            """)
        try write("iptables-restore", "#!/bin/sh\ncat >>'\(folder.path)/rules'\n")
        let script = PodRoutes.script.split(separator: "table=\(PodRoutes.tablePath)", omittingEmptySubsequences: false)
            .joined(separator: "table='\(folder.path)/table'")
        let said = try LocalShell.run(
            script, arguments, environment: ["PATH": "\(folder.path):/usr/bin:/bin"], isAlone: true)
        let calls = try folder.read("calls").split(separator: "\n").map(String.init)
        return Run(status: said.status, calls: calls, rules: try folder.read("rules"))
    }

    @Test("routes to the others, none to the host itself")
    func fresh() throws {
        let result = try run()
        #expect(result.status == 0)
        #expect(
            result.changes == [
                "ip -4 route replace 10.244.1.0/24 via 10.20.0.12 proto 77",
                "ip -4 route replace 10.244.2.0/24 via 10.20.0.13 proto 77",
            ])
        #expect(result.calls.contains("iptables -w 5 -t nat -A POSTROUTING -j MARTLET-MASQUERADE"))
        #expect(result.calls.contains("iptables -w 5 -t filter -A FORWARD -j MARTLET-FORWARD"))
        #expect(
            result.rules == """
                *nat
                :MARTLET-MASQUERADE - [0:0]
                -A MARTLET-MASQUERADE ! -s 10.244.0.0/16 -j RETURN
                -A MARTLET-MASQUERADE -d 10.244.0.0/16 -j RETURN
                -A MARTLET-MASQUERADE -d 224.0.0.0/4 -j RETURN
                -A MARTLET-MASQUERADE -d 10.20.0.11 -j RETURN
                -A MARTLET-MASQUERADE -d 10.20.0.12 -j RETURN
                -A MARTLET-MASQUERADE -d 10.20.0.13 -j RETURN
                -A MARTLET-MASQUERADE -j MASQUERADE
                COMMIT
                *filter
                :MARTLET-FORWARD - [0:0]
                -A MARTLET-FORWARD -s 10.244.0.0/16 -j ACCEPT
                -A MARTLET-FORWARD -d 10.244.0.0/16 -j ACCEPT
                COMMIT

                """)
    }

    @Test("comments and blank lines are passed over, and a last line without its end counts")
    func lines() throws {
        let result = try run(table: "# x\n\n10.244.0.0/16 pods\n10.244.1.0/24 10.20.0.12")
        #expect(result.changes == ["ip -4 route replace 10.244.1.0/24 via 10.20.0.12 proto 77"])
    }

    @Test("what is there is left alone")
    func unchanged() throws {
        let present = ["10.244.1.0/24 via 10.20.0.12 dev eth0 ", "10.244.2.0/24 via 10.20.0.13 dev eth0 "]
        let result = try run(present: present, hasRules: true)
        #expect(result.status == 0)
        #expect(result.changes.isEmpty)
        #expect(!result.calls.contains { $0.contains(" -A ") }, "the jumps are there already")
    }

    @Test("a refresh restores routes and leaves the rules if they are there")
    func refresh() throws {
        let present = ["10.244.2.0/24 via 10.20.0.13 dev eth0 "]
        let kept = try run(present: present, hasRules: true, arguments: ["refresh"])
        #expect(kept.changes == ["ip -4 route replace 10.244.1.0/24 via 10.20.0.12 proto 77"])
        #expect(kept.rules.isEmpty)
        let lost = try run(present: present, hasRules: false, arguments: ["refresh"])
        #expect(!lost.rules.isEmpty)
    }

    @Test("stale routes go, moved ones are replaced without a gap, and the host's own subnet has no route")
    func stale() throws {
        let present = [
            "10.244.0.0/24 via 10.20.0.12 dev eth0 ", "10.244.1.0/24 via 10.20.0.99 dev eth0 ",
            "10.244.2.0/24 via 10.20.0.13 dev eth0 ", "10.244.7.0/24 via 10.20.0.17 dev eth0 ",
        ]
        let result = try run(present: present)
        #expect(
            result.changes == [
                "ip -4 route replace 10.244.1.0/24 via 10.20.0.12 proto 77", "ip -4 route del 10.244.0.0/24 proto 77",
                "ip -4 route del 10.244.7.0/24 proto 77",
            ])
    }

    @Test("a route that cannot be set is an error and does not keep the others")
    func failure() throws {
        let result = try run(refused: "10.244.1.0/24")
        #expect(result.status == 1)
        #expect(result.changes.count == 2)
        #expect(!result.rules.isEmpty)
    }
}
