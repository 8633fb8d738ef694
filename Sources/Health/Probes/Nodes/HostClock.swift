internal import Planning

/// The host's clock: how far it is off, and whether the kernel takes it for synchronised.
///
/// The flag is the kernel's own (adjtimex(2) returns `TIME_ERROR`, 5, while nobody disciplines the clock), read through
/// perl, which Debian's base has, in 3 ms; `timedatectl` would start a service on the host for it.
enum HostClock {
    static let question = Probe.script(
        "health.clock",
        """
        number=
        [ -e /lib64/ld-linux-x86-64.so.2 ] && number=159
        [ -e /lib/ld-linux-aarch64.so.1 ] && number=171
        state=
        if [ -n "$number" ] && command -v perl >/dev/null 2>&1; then
          state=$(perl -e 'my $timex = "\\0" x 512; print syscall(shift(@ARGV) + 0, $timex)' "$number" 2>/dev/null)
        fi
        case $state in
          5) echo synchronised=no ;;
          [0-4]) echo synchronised=yes ;;
          *)
            state=
            command -v timedatectl >/dev/null 2>&1 && \
            state=$(timeout 2 timedatectl show -p NTPSynchronized --value 2>/dev/null)
            echo "synchronised=${state:-unknown}" ;;
        esac
        """)

    static let probe = HealthProbe(
        id: "node.clock", group: .nodes, kind: .ssh, title: "Clocks are right",
        why: """
            Compares the host's clock with ours as its answer arrives, leaves out 250 ms that the way may explain, and asks the kernel whether anything keeps it right. \
            Certificates, tokens and leases are refused when clocks differ. A machine whose clock is right but unsynchronised \
            will drift and gets a warning. A host in a container has its computer's clock and cannot synchronise it, so there \
            only the measured offset counts.
            """,
        remedy: "install a time service on the host with `apt-get install chrony` and see `chronyc tracking`",
        limits: [.init("warn", 0.1, "s"), .init("fail", 1, "s")],
        questions: [question, HostContainer.question]
    ) { evidence, limits in
        HealthProbe.eachHost(evidence) { host in
            let flag = try host.keyedAnswer(question).text("synchronised")
            let isContainer = HostContainer.holds(host)
            let threshold =
                "under \(HostWords.latency(HealthHost.clockDoubt + limits["warn"])) off and synchronised; "
                + "\(HostWords.latency(HealthHost.clockDoubt + limits["fail"])) fails"
            let isUnsynchronised = flag == "no" && !isContainer
            let note =
                isContainer
                ? "the clock is the computer's around it"
                : flag == "no" ? "nothing keeps it right" : flag == "yes" ? "synchronised" : ""
            guard let offset = host.clockOffset else {
                if isUnsynchronised {
                    return [
                        Judgement(.warn, host.subject, "not synchronised, offset not measured", threshold: threshold)
                    ]
                }
                throw Unmeasured("its offset was not measured")
            }
            var status = limits.status(of: offset.magnitude)
            if isUnsynchronised, status == .pass { status = .warn }
            let direction = offset < 0 ? "behind" : "ahead"
            let measured = offset.magnitude < 0.001 ? "exact" : "\(HostWords.latency(offset.magnitude)) \(direction)"
            return [
                Judgement(
                    status, host.subject, note.isEmpty ? measured : "\(measured), \(note)", threshold: threshold,
                    remedy: isContainer ? "set the clock of the computer on which this host is a container" : nil)
            ]
        }
    }
}
