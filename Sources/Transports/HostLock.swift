internal import Diagnostics
internal import Foundation
internal import Planning

/// One martlet at a time changes a host.
///
/// The lock is a flock(2) on a descriptor of the connection's first shell, which commands inherit: it goes away by itself with
/// the connection, and stays while a command of a killed run is still at work. No heartbeat, nothing to break by hand.
///
/// A descriptor cannot be handed to the connection's further shells. Each of them has a share in a second lock, which whoever
/// takes the first one must have had alone for a moment: then nothing that a killed run had begun in any shell is still at
/// work. What that run begins later finds another holder's name, and refuses.
struct HostLock {
    /// Somebody else holds the lock; their name is on the standard error.
    static let busyStatus: Int32 = 75
    /// The lock is ours, but commands of the one before are still at work.
    static let workingStatus: Int32 = 76
    /// No lock can be taken on this host; the reason is on the standard error.
    static let impossibleStatus: Int32 = 74

    /// Who we are: `USER@MACHINE pid PID started TICKS`.
    let holder: String
    private let folder: String
    private var file: String { folder + "/lock" }
    private var shares: String { file + ".shares" }

    /// Of root; gone after a reboot.
    static let folder = "/run/martlet"
    /// Of a user who is not root.
    static let userFolder = "\"$HOME\"/.cache/martlet"

    /// - Parameter folder: on the host, as the shell reads it.
    init(_ holder: String, folder: String = folder) {
        self.holder = holder
        self.folder = folder
    }

    /// Run by the first shell itself.
    ///
    /// `exec` with a failing redirection would end the shell, hence the test before it. The holder's name is there before
    /// the shares are looked at, or a shell that joins in between would be overlooked.
    var prelude: String {
        """
        martlet_lock=none
        mkdir -p \(folder) 2>/dev/null
        if touch \(file) \(shares) 2>/dev/null && command -v flock >/dev/null; then
        exec 8>>\(file) 7>>\(shares)
        if flock -n 8; then
        echo \(Shell.quote(holder)) >\(file).holder
        if flock -n 7; then flock -u 7; martlet_lock=held; else martlet_lock=working; fi
        else martlet_lock=busy; fi
        fi
        """
    }

    /// Run by each further shell itself.
    var sharePrelude: String {
        """
        martlet_lock=busy
        if touch \(shares) 2>/dev/null; then
        exec 7>>\(shares)
        if flock -s -n 7; then
        if [ "$(cat \(file).holder 2>/dev/null)" = \(Shell.quote(holder)) ]; then martlet_lock=held; else flock -u 7; fi
        fi
        fi
        """
    }

    /// The script, unless the lock was refused.
    func guarded(_ script: String) -> String {
        """
        case $martlet_lock in
        busy) cat \(file).holder >&2; exit \(Self.busyStatus) ;;
        working) exit \(Self.workingStatus) ;;
        none) echo 'the lock \(file) cannot be taken: the folder is not writable or flock (util-linux) is missing' >&2; exit \(Self.impossibleStatus) ;;
        esac
        \(script)
        """
    }

    /// A descriptor is shared with subshells, so a lock taken there is the shell's own.
    ///
    /// It takes at most twice the seconds.
    func waiting(seconds: Int) -> String {
        """
        flock -w \(seconds) 8 && echo \(Shell.quote(holder)) >\(file).holder && flock -w \(seconds) 7 && flock -u 7
        """
    }

    /// True if the holder is this very process: a connection of ours that was lost while a command was at work.
    func isOurs(_ text: String) -> Bool {
        text.split(whereSeparator: \.isWhitespace) == holder.split(separator: " ")
    }

    /// True if the holder was a process of this machine that is gone.
    func isAbandoned(_ text: String) -> Bool {
        let theirs = text.split(whereSeparator: \.isWhitespace)
        let ours = holder.split(separator: " ")
        guard theirs.count == 5, ours.count == 5, theirs[0] == ours[0], let pid = Int32(theirs[2]) else { return false }
        return Self.startTicks(of: pid).map { String($0) != theirs[4] } ?? true
    }

    func diagnostic(heldBy holder: String, host: String) -> Diagnostic {
        let words = holder.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return Diagnostic(
            code: "lock.held", "another martlet is changing this host",
            detail: words.isEmpty ? nil : "held by \(words)",
            hint: "wait until it has finished; the lock goes away with its connection", host: host, exitCode: .locked)
    }

    static func impossible(_ reason: String, host: String) -> Diagnostic {
        Diagnostic(
            code: "lock.impossible", "this host cannot be locked against other martlets",
            detail: reason.split(separator: "\n").last.map(String.init),
            hint: "install util-linux and make /run writable for root", host: host, exitCode: .unreachable)
    }

    /// Start of a process in clock ticks since boot (proc(5), field 22 of stat); nil if there is none.
    static func startTicks(of pid: Int32) -> UInt64? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? UInt64(fields[19]) : nil
    }
}

/// Describes this process to others that want the same hosts.
package enum LockHolder {
    package static func current() -> String {
        let process = ProcessInfo.processInfo
        let pid = process.processIdentifier
        let user = process.userName.isEmpty ? "somebody" : process.userName
        return "\(user)@\(process.hostName) pid \(pid) started \(HostLock.startTicks(of: pid) ?? 0)"
    }
}
