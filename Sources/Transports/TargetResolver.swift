internal import ClusterModel
internal import Diagnostics
internal import Foundation
internal import SecureShell
internal import Synchronization

/// From a host of the spec to a target of the secure shell.
final class TargetResolver: Sendable {
    private let configuration = SSHConfiguration.load()
    private let ask: SSHTransport.Asking
    /// Answers of this run, so that nobody is asked twice.
    private let answers = Mutex<[String: Secret<String>]>([:])

    init(ask: @escaping SSHTransport.Asking) { self.ask = ask }

    /// - Throws: a `Diagnostic` with code `ssh.options`.
    func target(for host: HostSpec) throws -> SSHTarget {
        let settings = host.ssh
        var overrides = SSHConfiguration.Overrides(
            user: settings.user, port: settings.port.map(UInt16.init(clamping:)),
            identities: settings.identityFile.map { [$0] },
            passphrase: { [self] file in await answer("passphrase of \(file)") })
        if let pinned = settings.hostKey {
            overrides.hostKeyPolicy = .pinned(fingerprints: [pinned])
        } else if let file = settings.knownHostsFile {
            overrides.hostKeyPolicy = .knownHosts(files: [file])
        }
        if let jump = settings.jump {
            overrides.proxyJump =
                jump == "none" ? [] : jump.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        do throws(SSHError) {
            return try configuration.target(for: host.address, overrides: overrides)
        } catch {
            throw error.diagnostic(host: host.name)
        }
    }

    /// How the host's user becomes root.
    func sudo(for host: HostSpec, user: String) async throws -> SudoMode {
        guard user != "root" else { return .none }
        switch host.ssh.sudoPassword {
        case nil: return .withoutPassword
        case .environment(let name):
            guard let value = ProcessInfo.processInfo.environment[name] else {
                throw Diagnostic(
                    code: "ssh.sudo.no-password", "the environment has no variable \(name)",
                    hint: "export it, or use `sudoPassword: prompt`", host: host.name, exitCode: .usage)
            }
            return .password(Secret(value))
        case .file(let path):
            guard let text = try? String(contentsOfFile: path, encoding: .utf8),
                let line = text.split(separator: "\n").first
            else {
                throw Diagnostic(
                    code: "ssh.sudo.no-password", "\(path) cannot be read or is empty",
                    hint: "it must hold the password in its first line", host: host.name, exitCode: .usage)
            }
            return .password(Secret(String(line)))
        case .prompt:
            guard let password = await answer("sudo password of \(user)") else {
                throw Diagnostic(
                    code: "ssh.sudo.no-password", "there is no terminal to ask for the sudo password of \(user)",
                    hint: "use `sudoPassword: { environment: NAME }` or `{ file: PATH }` in scripts", host: host.name,
                    exitCode: .usage)
            }
            return .password(password)
        }
    }

    private func answer(_ prompt: String) async -> Secret<String>? {
        if let known = answers.withLock({ $0[prompt] }) { return known }
        guard let answer = await ask(prompt) else { return nil }
        answers.withLock { $0[prompt] = answer }
        return answer
    }
}
