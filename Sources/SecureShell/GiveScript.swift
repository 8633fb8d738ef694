/// What a host runs while it gives files to other hosts: bash, and systemd-socket-activate(1), which is part of systemd and starts
/// one handler for each connection.
///
/// The script holds the files open by descriptors, so that they can be given also after somebody removed them, and its listener ends
/// with it: when its input ends (martlet has gone, however), when nothing was asked for a while, or when somebody ends it. Only the
/// end of this bash by force leaves the listener, for `longest` seconds. It keeps no file on the host.
///
/// The token comes on standard input and is handed to the handler in its environment, which only root and the same user can read; no
/// argument shows it. Handlers open nothing but descriptors of this script, of which 10 and above are files that were offered.
enum GiveScript {
    /// What a taker sends: token, descriptor and offset in a fixed number of bytes, so that a handler reads no more, for no longer than
    /// some seconds.
    static let requestFormat = "%-64s %10d %20d"
    static let requestSize = 96

    /// Above the ports that Linux takes for connections by itself (ip_local_port_range, up to 60999) and those of services.
    static let ports = 61_000..<65_500

    /// Seconds without a word of martlet after which the host stops giving.
    static let patience = 900
    /// Seconds after which the listener ends whatever happens.
    static let longest = 7200

    private static let handler = """
        r=$(timeout 5 head -c \(requestSize)) || exit
        case $r in "$MARTLET_TOKEN "*) ;; *) exit ;; esac
        set -f; set -- "$1" $r
        case $3$4 in *[!0-9]*) exit ;; esac
        [ "$3" -ge 10 ] || exit
        exec dd if="/proc/$1/fd/$3" bs=131072 iflag=skip_bytes skip="$4" status=none
        """

    /// Reads the token, says `giving PORT` or `cannot REASON`, and then answers questions.
    ///
    /// Each `offer PATH` is answered with `offered DESCRIPTOR` or `cannot REASON`; `drop DESCRIPTOR` has no answer. Each word follows
    /// `mark` and a space.
    ///
    /// - Parameter address: IPv4, of the host itself.
    static func text(address: String, mark: String) -> String {
        """
        say() { echo "\(mark) $*"; }
        read -r MARTLET_TOKEN || exit
        export MARTLET_TOKEN
        command -v systemd-socket-activate >/dev/null || { say cannot "systemd-socket-activate is missing"; exit; }
        listens() {
        local here state rest
        while read -r rest here rest state rest; do [[ $here == *:$1 && $state == 0A ]] && return; done </proc/net/tcp
        return 1
        }
        start() {
        local try hex port=$((\(ports.lowerBound) + RANDOM % \(ports.count)))
        timeout \(longest) systemd-socket-activate -E MARTLET_TOKEN -l "\(address):$port" --accept --inetd \
        sh -c \(ShellEncoding.quoted(handler)) martlet-give $$ </dev/null >/dev/null 2>&1 &
        listener=$!
        printf -v hex %04X "$port"
        for try in {1..150}; do
        kill -0 $listener 2>/dev/null || return
        if listens "$hex"; then giving=$port; return; fi
        sleep 0.02
        done
        kill $listener 2>/dev/null
        }
        giving= listener=
        trap 'kill $listener 2>/dev/null' EXIT
        for try in 1 2 3; do start; [[ $giving ]] && break; done
        [[ $giving ]] || { say cannot "no port of \(address) could be listened at"; exit; }
        say giving "$giving"
        while read -r -t \(patience) verb rest; do
        case $verb in
        offer) if [[ -f $rest ]] && exec {file}<"$rest"; then say offered "$file"; else say cannot "$rest cannot be read"; fi ;;
        drop) exec {rest}<&- ;;
        esac
        done
        exit
        """
    }
}
