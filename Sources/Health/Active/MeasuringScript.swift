/// The shell script that one pod runs to measure what its node can reach.
///
/// Needs of the image only `sh`, `nc`, `nslookup`, `timeout`, `grep`, `awk` and `wc`, as BusyBox has them. Addresses are
/// numbers everywhere: the C library's resolver in small images is not to be relied on, only `nslookup` asks for names.
enum MeasuringScript {
    static let port = 8080
    static let refusedPort = 8081
    /// In bytes; more than forty segments of any usual MTU.
    static let payload = 256 << 10
    /// After so many seconds no further name is asked for: those that were tell enough, and the whole must end in time.
    static let namesBudget = 8
    static let greeting = "martlet-health"

    struct Peer: Sendable, Hashable {
        var node: String
        /// Of the pod there.
        var podAddress: String
        /// Of the node; empty if it has none.
        var nodeAddress: String
    }

    /// What is to be asked; empty addresses are left out.
    struct Targets: Sendable {
        var peers: [Peer] = []
        var serviceAddress = ""
        var nodePort = 0
        var guardedAddress = ""
        /// Without the cluster's domain, which only pods know: `servers.NAMESPACE.svc`.
        var service = ""
        var headless = ""
        var externalName: String?
    }

    /// What the servers run: answers on both ports from a folder that only lives in the pod.
    static let server = """
        echo "\(greeting) $NODE" >/www/name && head -c \(payload) /dev/zero >/www/big || exit 1
        httpd -p \(refusedPort) -h /www || exit 1
        exec httpd -f -p \(port) -h /www
        """

    /// Times are of /proc/uptime, whose step is 10 ms, because `date` of small images has no fractions.
    ///
    /// `made` asks what was made a moment ago: kube-proxy writes a node's rules once a second at most, later on a busy node.
    static let functions = """
        now() { read -r up rest </proc/uptime; echo "${up%.*}${up#*.}"; }
        say() { echo "martlet|$1|$2|$3|$4"; }
        get() { printf 'GET /%s HTTP/1.0\\r\\n\\r\\n' "$3" | timeout "$4" nc -w "$4" "$1" "$2" 2>/dev/null; }
        ask() {
          begin=$(now)
          if get "$3" "$4" name 3 | grep -q \(greeting); then result=ok; else result=silent; fi
          end=$(now)
          say "$1" "$2" $result $(((end - begin) * 10))
          [ $result = ok ]
        }
        made() {
          tries=0
          until get "$3" "$4" name 3 | grep -q \(greeting); do
            tries=$((tries + 1))
            if [ $tries -ge 3 ]; then break; fi
            sleep 1
          done
          ask "$@"
        }
        pair() {
          ask tcp "$1" "$2" \(port) || return
          begin=$(now)
          size=$(get "$2" \(port) big 5 | wc -c)
          end=$(now)
          if [ "$size" -ge \(payload) ]; then say big "$1" ok $(((end - begin) * 10)); else say big "$1" short "$size"; fi
        }
        datagram() {
          if timeout 3 nslookup -type=a x. "$2:9" 2>&1 | grep -qi refused; then say udp "$1" ok 0; else say udp "$1" silent 0; fi
        }
        look() {
          begin=$(now)
          text=$(timeout 4 nslookup -type=a "$2" 2>&1)
          end=$(now)
          case "$text" in
            *NXDOMAIN*) result=nxdomain ;;
            *SERVFAIL*|*REFUSED*) result=refused ;;
            *Name:*) result=ok ;;
            *"No answer"*) result=empty ;;
            *) result=silent ;;
          esac
          say "$1" "$2" $result $(((end - begin) * 10))
          [ $result != silent ]
        }

        """

    static func text(_ targets: Targets) -> String {
        var script = functions
        for peer in targets.peers {
            script += "pair \(peer.node) \(peer.podAddress) &\ndatagram \(peer.node) \(peer.podAddress) &\n"
            if !peer.nodeAddress.isEmpty, targets.nodePort > 0 {
                script += "made node-port \(peer.node) \(peer.nodeAddress) \(targets.nodePort) &\n"
            }
        }
        if !targets.serviceAddress.isEmpty {
            for _ in 0..<3 { script += "made service \(targets.serviceAddress) \(targets.serviceAddress) \(port) &\n" }
        }
        // An answer in plain HTTP, that HTTPS is spoken here, is an answer.
        script += """
            api() {
              begin=$(now)
              if [ -n "$(get "$KUBERNETES_SERVICE_HOST" "$KUBERNETES_SERVICE_PORT" healthz 3)" ]; then result=ok; else result=silent; fi
              end=$(now)
              say api-service "$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT" $result $(((end - begin) * 10))
            }
            api &

            """
        if !targets.guardedAddress.isEmpty {
            script += "ask policy-allowed guarded \(targets.guardedAddress) \(port) &\n"
            script += "ask policy-denied guarded \(targets.guardedAddress) \(refusedPort) &\n"
        }
        script += "wait\n" + names(targets) + "say end - ok 0\n"
        return script
    }

    /// One after another and after all else, so that their times are their own.
    private static func names(_ targets: Targets) -> String {
        guard !targets.service.isEmpty else { return "" }
        var script = """
            search=$(awk '$1 == "search" { for (i = 2; i <= NF; i++) print $i }' /etc/resolv.conf)
            domain=
            for each in $search; do case "$each" in svc.*) domain=${each#svc.} ;; esac; done
            if [ -z "$domain" ]; then say domain - none 0; domain=cluster.local; fi
            until=$(($(now) + \(Self.namesBudget * 100)))
            for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do [ "$(now)" -lt $until ] || break; look name \(targets.service).$domain. || break; done
            for i in 1 2 3 4; do [ "$(now)" -lt $until ] || break; look name \(targets.headless).$domain. || break; done
            for each in $search; do each=${each%.}; if [ -n "$each" ]; then look absent martlet-nothing-here.$each. & fi; done
            wait

            """
        if let external = targets.externalName {
            script += "for i in 1 2; do look external \(external.hasSuffix(".") ? external : external + "."); done\n"
        }
        return script
    }
}
