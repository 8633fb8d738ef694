import ClusterModel

/// Routes between the hosts' pods: a table that is the same on every host, and a script that applies it.
package enum PodRoutes {
    package static let tablePath = "/etc/martlet/pod-routes"
    package static let scriptPath = "/usr/local/libexec/martlet/pod-routes"
    package static let unitName = "martlet-pod-routes.service"
    package static let timerName = "martlet-pod-routes-refresh.timer"
    /// The number that marks martlet's routes, in `ip route show proto 77`; none of iproute2's own names has it.
    package static let protocolNumber = 77

    /// One host: its pods' subnet and its own address.
    package struct Entry: Sendable, Hashable {
        package let podCIDR: String
        package let via: String

        package init(podCIDR: String, via: String) {
            self.podCIDR = podCIDR
            self.via = via
        }
    }

    /// Lines of `CIDR VIA` in the order of the subnets, after one line `CIDR pods` with the network of all pods.
    package static func table(pods: String, entries: [Entry]) -> String {
        let sorted = entries.sorted {
            let left = IPv4Network($0.podCIDR)?.base.value ?? 0
            let right = IPv4Network($1.podCIDR)?.base.value ?? 0
            return (left, $0.via) < (right, $1.via)
        }
        return "# Written by martlet.\n\(pods) pods\n" + sorted.map { "\($0.podCIDR) \($0.via)\n" }.joined()
    }

    /// Files of the pod network that are the same on every host: path, content and mode.
    package static var files: [(path: String, text: String, mode: Int)] {
        let units = "/etc/systemd/system/"
        return [
            (scriptPath, script, 0o755),
            (units + unitName, unit, 0o644),
            (units + "martlet-pod-routes-refresh.service", refreshUnit, 0o644),
            (units + timerName, timer, 0o644),
        ]
    }

    /// Started at boot; `systemctl restart` after the table changed.
    ///
    /// Nothing is taken away between, so a restart is no outage.
    package static let unit = """
        # Written by martlet.
        [Unit]
        Description=Routes to the pods of the other hosts
        Wants=network-online.target
        After=network-online.target
        Before=kubelet.service
        ConditionPathExists=\(tablePath)

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=\(scriptPath)
        ExecReload=\(scriptPath)

        [Install]
        WantedBy=multi-user.target

        """

    /// The kernel drops routes with the link they use; the timer brings them back when the link is there again.
    package static let refreshUnit = """
        # Written by martlet.
        [Unit]
        Description=Refresh of the routes to the pods of the other hosts
        ConditionPathExists=\(tablePath)

        [Service]
        Type=oneshot
        ExecStart=\(scriptPath) refresh
        LogLevelMax=notice

        """

    package static let timer = """
        # Written by martlet.
        [Unit]
        Description=Refresh of the routes to the pods of the other hosts

        [Timer]
        OnActiveSec=15s
        OnUnitInactiveSec=15s
        AccuracySec=1s

        [Install]
        WantedBy=timers.target

        """

    /// POSIX sh.
    ///
    /// Writes only what differs; exit status 1 if a route or a rule could not be set.
    ///
    /// Pods reach pods and hosts under their own addresses and everything else under the host's. Forwarding of pods'
    /// packets is allowed explicitly, because other software on a host may have made DROP the policy.
    package static let script = """
        #!/bin/sh
        # Written by martlet. Makes routes and rules as \(tablePath) says:
        #   NETWORK pods    the network of all pods
        #   SUBNET ADDRESS  the pods of one host and that host's address
        # With the argument "refresh" the rules are left alone if they are there.
        set -u
        table=\(tablePath)
        protocol=\(protocolNumber)
        status=0
        pods=
        hosts=
        wanted=' '

        own=' '
        while read -r number link family address rest; do
            own="$own${address%/*} "
        done <<END
        $(ip -4 -o address show)
        END

        present=' '
        while read -r network word via rest; do
            [ -n "$network" ] && present="$present$network=$via "
        done <<END
        $(ip -4 route show proto "$protocol")
        END

        while read -r network via rest || [ -n "$network" ]; do
            case $network in
                '' | '#'*) continue ;;
            esac
            if [ "$via" = pods ]; then
                pods=$network
                continue
            fi
            hosts="$hosts $via"
            case $own in
                *" $via "*) continue ;;
            esac
            wanted="$wanted$network=$via "
            case $present in
                *" $network=$via "*) continue ;;
            esac
            ip -4 route replace "$network" via "$via" proto "$protocol" || status=1
        done <"$table"

        for route in $present; do
            case $wanted in
                *" $route "*) continue ;;
                *" ${route%=*}="*) continue ;;
            esac
            ip -4 route del "${route%=*}" proto "$protocol" || status=1
        done

        [ -n "$pods" ] || exit "$status"

        has_rules() {
            iptables -w 5 -t nat -C POSTROUTING -j MARTLET-MASQUERADE 2>/dev/null &&
                iptables -w 5 -t filter -C FORWARD -j MARTLET-FORWARD 2>/dev/null
        }

        if [ "${1-}" = refresh ] && has_rules; then
            exit "$status"
        fi

        # Naming a chain empties it; one call replaces all of its rules at once.
        {
            echo '*nat'
            echo ':MARTLET-MASQUERADE - [0:0]'
            echo "-A MARTLET-MASQUERADE ! -s $pods -j RETURN"
            for network in "$pods" 224.0.0.0/4 $hosts; do
                echo "-A MARTLET-MASQUERADE -d $network -j RETURN"
            done
            echo '-A MARTLET-MASQUERADE -j MASQUERADE'
            echo COMMIT
            echo '*filter'
            echo ':MARTLET-FORWARD - [0:0]'
            echo "-A MARTLET-FORWARD -s $pods -j ACCEPT"
            echo "-A MARTLET-FORWARD -d $pods -j ACCEPT"
            echo COMMIT
        } | iptables-restore -w 5 --noflush || status=1

        iptables -w 5 -t nat -C POSTROUTING -j MARTLET-MASQUERADE 2>/dev/null ||
            iptables -w 5 -t nat -A POSTROUTING -j MARTLET-MASQUERADE || status=1
        iptables -w 5 -t filter -C FORWARD -j MARTLET-FORWARD 2>/dev/null ||
            iptables -w 5 -t filter -A FORWARD -j MARTLET-FORWARD || status=1

        exit "$status"

        """
}
