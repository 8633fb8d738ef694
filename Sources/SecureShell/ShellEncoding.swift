/// What a shell channel writes to the input of its remote `sh`.
///
/// The remote shell reads its script from the channel, as `sh` does from any pipe, and its two output streams are the
/// channel's. Each command is one line of the form
///
///     (eval ' SCRIPT') </dev/null
///     printf '\001TOKEN %d\n' $?; printf '\001TOKEN 0\n' >&2
///
/// Why this and not lengths: the size of an output is known to a shell only through a temporary file and a further process,
/// and such a file has to be stored, guarded and removed. Marks cost the host two built-in writes and no
/// process beyond the subshell, nothing is stored there, and output flows while the command runs. The quoted script
/// cannot break out of its quotes; in the subshell `exit`, `exec`, `set -e`, `cd`, a syntax error or a closed descriptor harm
/// nothing; the text with the next token is still unread in the parent, so no script can know it.
///
/// The price: a process that a script leaves behind with its output open writes into the frame of whatever runs later.
/// Scripts that start daemons redirect them, as they have to for plain ssh.
enum ShellEncoding {
    /// Makes the shell survive a `kill $$`; subshells get the default handling back.
    static let prologue = Array("trap : HUP INT TERM\n".utf8)

    /// Announces a batch on both streams; what was written before it is dropped by the reader.
    ///
    /// Tells the shell's id.
    static func announce(_ mark: FrameMark, to text: inout [UInt8]) {
        text += Array("printf '\\001\(String(decoding: mark.token, as: UTF8.self)) %d\\n' $$;".utf8)
        text += Array("printf '\\001\(String(decoding: mark.token, as: UTF8.self)) 0\\n' >&2\n".utf8)
    }

    static func append(_ command: ShellCommand, mark: FrameMark, to text: inout [UInt8]) {
        if !command.stdin.isEmpty {
            // Forks once more and executes nothing; a script that does not read leaves the writer to SIGPIPE.
            text += Array("printf '".utf8)
            appendFormat(command.stdin, to: &text)
            text += Array("' 2>/dev/null|".utf8)
        }
        // The space keeps eval from taking a script's first dash for an option.
        text += Array("(eval ' ".utf8)
        appendQuoted(command.script, to: &text)
        text += Array("\n')".utf8)
        if command.stdin.isEmpty { text += Array(" </dev/null".utf8) }
        if command.mergesOutput { text += Array(" 2>&1".utf8) }
        let token = String(decoding: mark.token, as: UTF8.self)
        text += Array("\nprintf '\\001\(token) %d\\n' $?;printf '\\001\(token) 0\\n' >&2\n".utf8)
    }

    /// The inside of a single-quoted word.
    static func appendQuoted(_ script: String, to text: inout [UInt8]) {
        for byte in script.utf8 {
            if byte == UInt8(ascii: "'") { text += [0x27, 0x5c, 0x27, 0x27] } else { text.append(byte) }
        }
    }

    /// A whole single-quoted word for a POSIX shell.
    static func quoted(_ word: String) -> String {
        var text: [UInt8] = [0x27]
        appendQuoted(word, to: &text)
        text.append(0x27)
        return String(decoding: text, as: UTF8.self)
    }

    /// The same for a login shell that may be none of POSIX: fish takes some backslashes within single quotes for escapes.
    static func quotedForLogin(_ word: String) -> String {
        var text: [UInt8] = [0x27]
        for byte in word.utf8 {
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") {
                text += [0x27, 0x5c, byte, 0x27]
            } else {
                text.append(byte)
            }
        }
        return String(decoding: text + [0x27], as: UTF8.self)
    }

    /// Bytes as a format of printf inside single quotes.
    static func appendFormat(_ bytes: [UInt8], to text: inout [UInt8]) {
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "%"): text += [byte, byte]
            case UInt8(ascii: "\\"): text += [byte, byte]
            case 0x20...0x7e where byte != UInt8(ascii: "'") && (index > 0 || byte != UInt8(ascii: "-")), 0x09, 0x0a:
                text.append(byte)
            default:
                // Three octal digits mean the same to every shell, whatever its locale.
                text.append(UInt8(ascii: "\\"))
                for shift in [UInt8(6), 3, 0] { text.append(UInt8(ascii: "0") + (byte >> shift & 7)) }
            }
        }
    }
}
