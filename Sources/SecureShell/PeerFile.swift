package import Diagnostics

/// A file that a host gives to other hosts for a while: where, and by which word.
package struct FileOffer: Sendable {
    /// IPv4 address and TCP port at which the host gives.
    package var address: String
    package var port: UInt16
    /// Whoever does not send it gets nothing: 64 hexadecimal digits.
    package var token: Secret<String>
    /// Which of the files that the host gives: the number of a descriptor there.
    package var file: Int

    package init(address: String, port: UInt16, token: Secret<String>, file: Int) {
        self.address = address
        self.port = port
        self.token = token
        self.file = file
    }

    /// What an upload's script reads to take the file from a position on.
    func request(from position: Int) -> [UInt8] {
        Array("take \(address) \(port) \(token.reveal()) \(file) \(position)\n".utf8)
    }
}

/// Why a host could not take a file from another one.
package enum PeerMiss: String, Sendable {
    /// The taker has no bash, by whose /dev/tcp it would connect.
    case noBash = "no-bash"
    /// There was no connection to the giver within the time, or nothing came over it.
    case unreachable
    /// The giver stopped, or sent nothing any more, before the end; what came is kept and continued.
    case short
    /// What came was not the content; it is thrown away.
    case digest
}

/// Says which host the content may come from; nil: from here.
///
/// Asked when the host lacks something, and again after each failure, with its reason. It may take its time: the host waits.
package typealias PeerChoice = @Sendable (_ miss: PeerMiss?) async -> FileOffer?

/// What a host has of a file: `have SIZE CHECKSUM`, and why it has no more after it tried to take it from another one.
struct UploadAnswer {
    var size: Int
    /// Of what is there.
    var sha256: String
    var miss: PeerMiss?

    init?(_ line: String) {
        let fields = line.split(separator: " ")
        guard fields.count >= 3, fields[0] == "have", let size = Int(fields[1]) else { return nil }
        self.size = size
        sha256 = String(fields[2])
        miss = fields.count > 3 ? PeerMiss(rawValue: String(fields[3])) ?? .short : nil
    }
}
