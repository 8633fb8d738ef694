/// The part of an upload's script that takes the content from another host instead of from here.
///
/// bash connects by its /dev/tcp and gives way to dd, which writes into the same temporary file that the upload would write, under
/// the same lock. The token comes with the request on standard input and goes on through a pipe: no argument shows it. A watcher ends
/// what does not get ahead. What came is believed after its checksum was right, as everything that came from here.
enum TakeScript {
    /// Seconds until the first bytes have to be there: a firewall that drops packets costs no more.
    static let patience = 5
    /// Seconds without a further byte after which a giver is given up.
    static let stall = 10

    /// Sets `taken` to 1 if all is there and right, or `why` to a `PeerMiss`; `n` and `s` say what is there.
    static func text(size: Int, sha256: String) -> String {
        // A connection is one end of a pipe: dd has to fill its blocks, and stops at the size whatever a giver sends.
        let pump = """
            r=$(cat); exec 3<>"/dev/tcp/$1/$2" || exit 3; printf %s "$r" >&3; \
            exec dd bs=131072 count="$3" iflag=fullblock,count_bytes status=none <&3 >&9
            """
        return """
            pace() {
            b=$(wc -c <"$t"); i=\(patience)
            while sleep 1; do
            kill -0 "$1" || return
            c=$(wc -c <"$t")
            if [ "$c" -gt "$b" ]; then b=$c; i=\(stall); else i=$((i-1)); fi
            [ $i -gt 0 ] || { kill "$1"; return; }
            done
            }
            take() {
            why=\(PeerMiss.noBash.rawValue)
            command -v bash >/dev/null || return
            if [ "$5" -eq 0 ]; then fresh || exit 1; fi
            n=$5
            printf '\(GiveScript.requestFormat)' "$3" "$4" "$5" | bash -c \(ShellEncoding.quoted(pump)) martlet-take "$1" "$2" $((\(size)-n)) 2>/dev/null &
            u=$!
            pace $u </dev/null >/dev/null 2>&1 9>&- &
            w=$!
            wait $u; r=$?
            kill $w 2>/dev/null
            c=$(wc -c <"$t")
            if [ "$c" -eq \(size) ]; then
            s=$(h "$t"); n=$((c))
            if [ "$s" = \(sha256) ]; then taken=1; return; fi
            why=\(PeerMiss.digest.rawValue); n=0; s=-; rm -f "$t"
            else
            why=\(PeerMiss.short.rawValue)
            [ "$c" -gt "$n" ] || [ $r -eq 0 ] || why=\(PeerMiss.unreachable.rawValue)
            n=$((c)); s=-
            [ "$n" -eq 0 ] || s=$(h "$t")
            fi
            }
            """
    }
}
