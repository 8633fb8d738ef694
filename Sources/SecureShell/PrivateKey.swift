internal import Diagnostics

/// A private key file as far as it can be read without its passphrase.
struct PrivateKey: Sendable {
    var path: String
    var contents: Secret<[UInt8]>
    /// The type's name, for example `ssh-ed25519`; nil for a format that does not tell.
    var type: String?
    /// The public key as in an `.pub` file (`ssh-ed25519 AAAA...`); spares the library a parse, or a slow key derivation.
    var publicLine: [UInt8]?
    var isEncrypted: Bool
    /// The rounds of the key derivation make this key costly to decrypt for each host.
    var passphrase: Secret<String>?

    var isRSA: Bool { type == "ssh-rsa" }

    init(path: String, contents: [UInt8]) {
        self.path = path
        self.contents = Secret(contents)
        let text = String(decoding: contents, as: UTF8.self)
        if text.contains("BEGIN RSA PRIVATE KEY") { type = "ssh-rsa" }
        isEncrypted = text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
        readOpenSSHFormat(contents)
    }

    /// The container of `ssh-keygen` (PROTOCOL.key): cipher, derivation, public keys in the clear, the rest encrypted.
    private mutating func readOpenSSHFormat(_ contents: [UInt8]) {
        let lines = contents.split(separator: UInt8(ascii: "\n")).map { $0.filter { $0 != UInt8(ascii: "\r") } }
        guard let first = lines.firstIndex(of: Array("-----BEGIN OPENSSH PRIVATE KEY-----".utf8)),
            let last = lines.lastIndex(of: Array("-----END OPENSSH PRIVATE KEY-----".utf8)), first < last,
            let bytes = Base64.decode(lines[(first + 1)..<last].joined())
        else { return }
        let magic = Array("openssh-key-v1\0".utf8)
        guard bytes.starts(with: magic) else { return }
        var reader = WireReader(Array(bytes.dropFirst(magic.count)))
        guard let cipher = reader.string(), reader.string() != nil, reader.string() != nil, reader.uint32() == 1,
            let blob = reader.string(), let key = HostKey(blob: blob)
        else { return }
        isEncrypted = !cipher.elementsEqual("none".utf8)
        type = key.type
        publicLine = Array("\(key.type) \(Base64.encode(blob))".utf8)
    }
}
