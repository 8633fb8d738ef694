import Foundation
import TestSupport

/// What may go wrong with etcd while it has its quorum.
extension HealthFault {
    private static let controlPlanes = ["cp-1", "cp-2", "cp-3"]

    static let etcd: [HealthFault] = [
        HealthFault(
            what: "the newest backup of etcd is two days old", proves: ["etcd.backup": .fail],
            make: {
                try await $0.console(
                    "cp-2",
                    """
                    mkdir -p /var/lib/martlet/backups/etcd
                    cp /var/lib/etcd/member/snap/db /var/lib/martlet/backups/etcd/old.db
                    touch -d '2 days ago' /var/lib/martlet/backups/etcd/old.db
                    """)
            }, undo: { try await $0.console("cp-2", "rm -r /var/lib/martlet/backups/etcd") }),
        HealthFault(
            what: "a hundred megabytes are written to etcd", proves: ["etcd.size": .fail],
            mayFollow: ["etcd.wal-fsync", "etcd.commit"], limits: "etcd.size: {warn: 2, fail: 4}",
            make: { try await $0.console("cp-1", fill, seconds: 150) },
            undo: { fleet in
                try await fleet.console("cp-1", empty)
                try await defragment(fleet)
            }),
        HealthFault(
            what: "a hundred megabytes of etcd's data are deleted, and it is not defragmented",
            proves: ["etcd.slack": .fail], mayFollow: ["etcd.wal-fsync", "etcd.commit"],
            limits: "etcd.slack: {least: 50}",
            make: { fleet in
                try await fleet.console("cp-1", fill, seconds: 150)
                try await fleet.console("cp-1", empty)
            }, undo: { try await defragment($0) }),
    ]

    /// They disturb most: the last of all.
    ///
    /// Processes that they made restart are no alarm of what comes after.
    static let slow: [HealthFault] = [
        HealthFault(
            what: "etcd of one control plane is of another version (the same program with another number in it)",
            proves: ["etcd.version": .fail],
            mayFollow: ["control-plane", "etcd", "certificates"], isSlow: true, within: 120,
            make: { fleet in
                // The number is found in the program as the member tells it, and is as long afterwards.
                try await fleet.console(
                    "cp-3",
                    #"""
                    P=$(pidof etcd) && V=$(\#(ask("maintenance/status -d '{}'")) | sed 's/.*"version":"\([0-9.]*\)".*/\1/')
                    LAST=${V#"${V%?}"}
                    N=${V%?}$(((LAST + 1) % 10))
                    FILE=$(readlink /proc/$P/exe)
                    LC_ALL=C sed "s/$(echo "$V" | sed 's/\./\\./g')/$N/g" /proc/$P/root$FILE >/root/etcd-other && chmod 755 /root/etcd-other
                    cp -p /etc/kubernetes/manifests/etcd.yaml /root/etcd-before.yaml
                    sed -e "s|^    volumeMounts:|&\n    - {mountPath: $FILE, name: other}|" \
                        -e "s|^  volumes:|&\n  - {name: other, hostPath: {path: /root/etcd-other, type: File}}|" \
                        /root/etcd-before.yaml >/root/etcd.yaml
                    """#)
                try await exchangeEtcd(fleet, "cp-3")
            },
            undo: { fleet in
                try await fleet.console("cp-3", "mv /root/etcd-before.yaml /root/etcd.yaml")
                try await exchangeEtcd(fleet, "cp-3")
            }),
        HealthFault(
            what: "what one member of etcd asks the others travels 0.4 s each way (through a relay that waits)",
            proves: ["etcd.peer-latency": .warn],
            mayFollow: ["etcd", "control-plane", "node.lease", "network", "certificates"], isSlow: true, within: 150,
            make: { fleet in
                let relay = fleet.folder + "/relay.py"
                try slowRelay.write(toFile: relay, atomically: true, encoding: .utf8)
                let inside = try await fleet.process("etcd", on: "cp-3")
                try await fleet.aside("slow-peers", "exec nsenter -t \(inside) -n python3 \(relay) 12380 0.4")
                try await fleet.console("cp-3", "iptables -w -t nat -I OUTPUT \(peers)")
                try await restartEtcd(fleet, "cp-3")
            },
            undo: { fleet in
                try await fleet.console("cp-3", "iptables -w -t nat -D OUTPUT \(peers)")
                try await fleet.endAside("slow-peers")
                try await restartEtcd(fleet, "cp-3")
            }),
        HealthFault(
            what: "etcd's leader changes eight times", proves: ["etcd.leader": .fail],
            mayFollow: ["etcd", "control-plane.latency"],
            isSlow: true,
            make: { fleet in
                for _ in 0..<8 {
                    for host in controlPlanes where try await fleet.attempt(host, passOn).status == 0 { break }
                    try await Task.sleep(for: .seconds(1))
                }
            },
            undo: { fleet in
                for host in controlPlanes { try await restartEtcd(fleet, host) }
            }),
        HealthFault(
            what:
                "the disk of one member of etcd takes more than a second for each write (its system calls are held up)",
            proves: ["etcd.wal-fsync": .fail, "etcd.commit": .fail],
            mayFollow: ["etcd", "control-plane", "node.lease", "node.ready"], isSlow: true, within: 120,
            make: { fleet in
                // What etcd counts is counted since its start.
                try await restartEtcd(fleet, "cp-3")
                try await fleet.aside(
                    "slow-disk",
                    "exec strace -qq -f -o /dev/null -e trace=fdatasync,fsync -e inject=fdatasync,fsync:delay_exit=1200000 -p \(try await fleet.process("etcd", on: "cp-3"))"
                )
            },
            undo: { fleet in
                try await fleet.endAside("slow-disk")
                try await restartEtcd(fleet, "cp-3")
            }),
    ]

    /// All but what the relay sends itself, which bears a mark.
    private static let peers =
        "-p tcp --dport 2380 -m mark ! --mark 7 -m addrtype ! --dst-type LOCAL -j REDIRECT --to-ports 12380"

    private static func ask(_ call: String) -> String {
        "curl -sf --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt --key /etc/kubernetes/pki/etcd/healthcheck-client.key https://127.0.0.1:2379/v3/\(call)"
    }

    /// 280 values of 384 KB, which no two are equal.
    private static let fill = """
        i=0
        while [ $i -lt 280 ]; do
          i=$((i + 1))
          { printf '{"key":"%s","value":"' "$(printf 'martlet-fault/%03d' $i | base64 -w0)"
            head -c 393216 /dev/urandom | base64 -w0
            printf '"}'; } | \(ask("kv/put -d @-")) >/dev/null || exit 1
        done
        """

    /// Deletes them, and forgets that they were: only then their room is unused.
    private static let empty = """
        FROM=$(printf martlet-fault/ | base64 -w0) TO=$(printf martlet-fault0 | base64 -w0)
        REVISION=$(\(ask(#"kv/deleterange -d "{\"key\":\"$FROM\",\"range_end\":\"$TO\"}""#)) | sed 's/.*"revision":"\\([0-9]*\\)".*/\\1/')
        \(ask(#"kv/compaction -d "{\"revision\":\"$REVISION\",\"physical\":true}""#)) >/dev/null
        """

    private static func defragment(_ fleet: TestFleet) async throws {
        for host in controlPlanes { try await fleet.console(host, ask("maintenance/defragment -d '{}'")) }
    }

    /// On the leader, makes another member the leader; fails on all others.
    private static let passOn = """
        STATUS=$(\(ask("maintenance/status -d '{}'"))) || exit 1
        OWN=$(echo "$STATUS" | sed 's/.*"member_id":"\\([0-9]*\\)".*/\\1/')
        echo "$STATUS" | grep -q "\\"leader\\":\\"$OWN\\"" || exit 1
        OTHER=$(\(ask("cluster/member/list -d '{}'")) | tr '{' '\\n' | sed -n 's/^"ID":"\\([0-9]*\\)".*/\\1/p' | grep -v "^$OWN$" | shuf -n 1)
        \(ask(#"maintenance/transfer-leadership -d "{\"targetID\":\"$OTHER\"}""#))
        """

    /// A new process of etcd, which has counted nothing yet.
    private static func restartEtcd(_ fleet: TestFleet, _ host: String) async throws {
        try await fleet.console(host, "cp -p /etc/kubernetes/manifests/etcd.yaml /root/etcd.yaml")
        try await exchangeEtcd(fleet, host)
    }

    /// Ends etcd, and starts it as `/root/etcd.yaml` says.
    private static func exchangeEtcd(_ fleet: TestFleet, _ host: String) async throws {
        try await fleet.console(
            host,
            """
            rm /etc/kubernetes/manifests/etcd.yaml
            for i in $(seq 1 120); do pidof etcd >/dev/null || break; sleep 0.5; done
            mv /root/etcd.yaml /etc/kubernetes/manifests/etcd.yaml
            for i in $(seq 1 240); do curl -sf http://127.0.0.1:2381/health | grep -q '"true"' && exit 0; sleep 0.5; done
            exit 1
            """, seconds: 200)
    }

    /// Passes on what is redirected to it to where it should have gone, each piece after a while; ends by itself.
    ///
    /// Arguments: the port, seconds. `SO_ORIGINAL_DST` (80 at level IP, netfilter's `nf_conntrack_ipv4`) tells the place.
    private static let slowRelay = """
        import asyncio, socket, struct, sys

        DELAY = float(sys.argv[2])

        async def carry(reader, writer):
            loop, waiting = asyncio.get_running_loop(), asyncio.Queue()

            async def late():
                while True:
                    due, data = await waiting.get()
                    await asyncio.sleep(max(0, due - loop.time()))
                    if not data:
                        break
                    writer.write(data)
                    await writer.drain()
                writer.close()

            sender = asyncio.ensure_future(late())
            try:
                while data := await reader.read(65536):
                    waiting.put_nowait((loop.time() + DELAY, data))
            except OSError:
                pass
            waiting.put_nowait((loop.time(), b''))
            await asyncio.gather(sender, return_exceptions=True)

        async def serve(reader, writer):
            place = writer.get_extra_info('socket').getsockopt(socket.SOL_IP, 80, 16)
            port, address = struct.unpack('!2xH4s8x', place)
            own = socket.socket()
            own.setblocking(False)
            own.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 7)
            try:
                await asyncio.get_running_loop().sock_connect(own, (socket.inet_ntoa(address), port))
                there, back = await asyncio.open_connection(sock=own)
            except OSError:
                writer.close()
                return
            await asyncio.gather(carry(reader, back), carry(there, writer))

        async def main():
            server = await asyncio.start_server(serve, '0.0.0.0', int(sys.argv[1]))
            async with server:
                await asyncio.sleep(600)

        asyncio.run(main())

        """
}
