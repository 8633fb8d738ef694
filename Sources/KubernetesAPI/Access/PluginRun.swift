internal import Diagnostics
internal import Foundation
internal import WebClient

/// Runs a credential plug-in and reads the ExecCredential that it prints.
enum PluginRun {
    private static let mostOutput = 1 << 20

    private struct Answer: Decodable {
        struct Status: Decodable {
            var token: String?
            var clientCertificateData: String?
            var clientKeyData: String?
            var expirationTimestamp: String?
        }

        var apiVersion: String?
        var kind: String?
        var status: Status?
    }

    static func grant(_ plugin: CredentialPlugin, _ number: Int) async -> Result<
        CredentialSource.Grant, KubernetesError
    > {
        do throws(Diagnostic) {
            return .success(try read(try await run(plugin), plugin, number))
        } catch {
            return .failure(.credentials(error))
        }
    }

    private static func problem(_ plugin: CredentialPlugin, _ detail: String, _ evidence: [String] = []) -> Diagnostic {
        Diagnostic(
            code: "kubernetes.plugin", "The credential plug-in `\(plugin.command)` brought no credentials",
            detail: detail, hint: plugin.installHint, evidence: evidence, exitCode: .unreachable)
    }

    private static func read(
        _ output: [UInt8], _ plugin: CredentialPlugin, _ number: Int
    ) throws(Diagnostic) -> CredentialSource.Grant {
        guard let answer = try? JSONCoding.decode(Answer.self, output, path: plugin.command) else {
            throw problem(plugin, "what it printed is no ExecCredential in JSON")
        }
        guard answer.kind == "ExecCredential", answer.apiVersion == plugin.apiVersion else {
            throw problem(
                plugin,
                "it printed `\(answer.kind ?? "")` of `\(answer.apiVersion ?? "")`, and the kubeconfig asks for ExecCredential of `\(plugin.apiVersion)`"
            )
        }
        guard let status = answer.status else { throw problem(plugin, "its answer has no status") }
        var identity: WebSettings.Identity?
        switch (status.clientCertificateData, status.clientKeyData) {
        case (nil, nil): break
        case (let certificate?, let key?):
            identity = .pem(certificate: Array(certificate.utf8), key: Secret(Array(key.utf8)))
        default: throw problem(plugin, "its answer has only one of clientCertificateData and clientKeyData")
        }
        let token = status.token.flatMap { $0.isEmpty ? nil : $0 }
        guard token != nil || identity != nil else {
            throw problem(plugin, "its answer has neither a token nor a client certificate")
        }
        if let token, !token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            throw problem(plugin, "its token has characters that no token has")
        }
        var expiry: Date?
        if let text = status.expirationTimestamp {
            expiry = CalendarTime.parse(text)
            if expiry == nil { throw problem(plugin, "its expirationTimestamp is no time in UTC") }
        }
        return CredentialSource.Grant(
            number: number, token: token.map { Secret($0) }, identity: identity, expiry: expiry, isRenewable: true)
    }

    private static func run(_ plugin: CredentialPlugin) async throws(Diagnostic) -> [UInt8] {
        let result = await withCheckedContinuation { continuation in
            // A thread of its own: reading a program's output blocks.
            Thread.detachNewThread {
                continuation.resume(returning: Result { () throws(Diagnostic) in try runBlocking(plugin) })
            }
        }
        return try result.get()
    }

    private static func runBlocking(_ plugin: CredentialPlugin) throws(Diagnostic) -> [UInt8] {
        var variables = ProcessInfo.processInfo.environment.merging(plugin.environment) { $1 }
        guard let path = find(plugin.command, in: variables["PATH"] ?? "") else {
            throw problem(plugin, "there is no such program")
        }
        var spec: JSONValue = ["interactive": false]
        if plugin.wantsCluster { spec["cluster"] = plugin.cluster }
        let question: JSONValue = ["apiVersion": .string(plugin.apiVersion), "kind": "ExecCredential", "spec": spec]
        let bytes = (try? JSONCoding.encode(question, path: plugin.command)) ?? []
        variables["KUBERNETES_EXEC_INFO"] = String(decoding: bytes, as: UTF8.self)

        let process = try PluginProcess(path, plugin.arguments, variables) { problem(plugin, $0) }
        let end = process.wait(until: ContinuousClock.now + plugin.patience, limit: mostOutput)
        let lines = String(decoding: end.errors, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(5)
            .map { String($0.prefix(200)) }
        guard let status = end.status else {
            throw problem(plugin, "it did not end within \(plugin.patience.components.seconds) seconds", lines)
        }
        guard status == 0 else { throw problem(plugin, "it ended with status \(status)", lines) }
        guard end.output.count < mostOutput else { throw problem(plugin, "it printed too much", lines) }
        return end.output
    }

    private static func find(_ command: String, in path: String) -> String? {
        if command.contains("/") { return access(command, X_OK) == 0 ? command : nil }
        return path.split(separator: ":").map { "\($0)/\(command)" }.first { access($0, X_OK) == 0 }
    }
}
