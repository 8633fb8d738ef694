internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Reporting
internal import SecureShell
internal import WebClient
internal import YAMLDocument

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what this machine needs to run martlet.",
        discussion: """
            Example:
              martlet doctor --format json
            """)

    @Option(help: "text or json.")
    var format: PlanFormat = .text

    func run() throws {
        let examination = Examination()
        print(format == .json ? JSONOutput.text(examination) : examination.text(on: .of(1)), terminator: "")
        try ProgramExit.leave(with: examination.findings.contains { $0.status == "fail" } ? .lacking : .done)
    }
}

/// What this machine has and lacks.
struct Examination: Encodable {
    struct Finding: Encodable {
        var id: String
        /// `pass`, `warn` or `fail`.
        var status: String
        var observed: String
        var hint: String?
    }

    var formatVersion = 1
    var findings: [Finding]

    init() {
        findings = [
            Finding(id: "libssh2", status: "pass", observed: SecureShell.libraryVersion),
            SecureShell.signsModernRSA
                ? Finding(id: "rsa-keys", status: "pass", observed: "RSA keys can be used")
                : Finding(
                    id: "rsa-keys", status: "warn",
                    observed: "libssh2 \(SecureShell.libraryVersion) signs RSA with SHA-1 only",
                    hint: "modern servers refuse that; use an ed25519 or ecdsa key, or libssh2 1.11"),
            Self.libcurl(WebClient.libraryVersion),
            WebClient.takesSocketProxies
                ? Finding(id: "api-over-ssh", status: "pass", observed: "the API can be asked through an SSH session")
                : Finding(
                    id: "api-over-ssh", status: "warn",
                    observed: "\(WebClient.libraryVersion ?? "libcurl") takes no proxy at a Unix socket",
                    hint: "only for clusters whose API is not reached from here: use libcurl 7.84 or newer"),
            Finding(id: "libyaml", status: "pass", observed: YAMLReader.libraryVersion),
            Self.assets(), Self.keys(), Self.agent(), Self.state(), Self.localHosts(),
        ]
    }

    /// - Parameter version: nil if it is missing.
    static func libcurl(_ version: String?) -> Finding {
        version.map { Finding(id: "libcurl", status: "pass", observed: $0) }
            ?? Finding(
                id: "libcurl", status: "fail", observed: "libcurl.so.4 cannot be loaded",
                hint: "install it (Debian: apt-get install libcurl4): downloads and health need it")
    }

    private static func assets() -> Finding {
        let locator = AssetLocator.standard
        switch locator.find("manifests") {
        case .success(let path): return Finding(id: "assets", status: "pass", observed: path)
        case .failure(let diagnostic):
            return Finding(
                id: "assets", status: "fail", observed: diagnostic.detail ?? diagnostic.summary, hint: diagnostic.hint)
        }
    }

    private static func keys() -> Finding {
        let folder = NSHomeDirectory() + "/.ssh"
        let names = ["id_ed25519", "id_ecdsa", "id_rsa"].filter {
            FileManager.default.fileExists(atPath: "\(folder)/\($0)")
        }
        return names.isEmpty
            ? Finding(
                id: "ssh-keys", status: "warn", observed: "no default key in \(folder)",
                hint: "make one with `ssh-keygen -t ed25519`, or name another in the spec (ssh.identityFile)")
            : Finding(id: "ssh-keys", status: "pass", observed: names.joined(separator: ", "))
    }

    private static func agent() -> Finding {
        guard let socket = ProcessInfo.processInfo.environment["SSH_AUTH_SOCK"], !socket.isEmpty else {
            return Finding(id: "ssh-agent", status: "pass", observed: "none (keys are read from files)")
        }
        return FileManager.default.fileExists(atPath: socket)
            ? Finding(id: "ssh-agent", status: "pass", observed: socket)
            : Finding(
                id: "ssh-agent", status: "warn", observed: "SSH_AUTH_SOCK names \(socket), which is not there",
                hint: "unset it")
    }

    private static func state() -> Finding {
        let folder = StateFolder.path
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return FileManager.default.isWritableFile(atPath: folder)
            ? Finding(id: "state-folder", status: "pass", observed: folder)
            : Finding(
                id: "state-folder", status: "warn", observed: "\(folder) cannot be written",
                hint: "journals are kept there")
    }

    private static func localHosts() -> Finding {
        let programs = ["systemd-nspawn", "debootstrap", "ip", "ssh-keygen"]
        let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        let missing = programs.filter { name in
            !folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
        }
        return missing.isEmpty && getuid() == 0
            ? Finding(id: "local-hosts", status: "pass", observed: "martlet hosts can be used")
            : Finding(
                id: "local-hosts", status: "warn",
                observed: missing.isEmpty ? "martlet hosts needs root" : "missing: \(missing.joined(separator: ", "))",
                hint: "only for `martlet hosts`: apt-get install systemd-container debootstrap iproute2 openssh-client")
    }

    func text(on terminal: Terminal) -> String {
        TextTable.render(
            findings.map { finding in
                [finding.status, finding.id, finding.observed + (finding.hint.map { "; \($0)" } ?? "")]
            })
    }
}
