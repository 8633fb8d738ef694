internal import Diagnostics
internal import Foundation
internal import WebClient
internal import YAMLDocument

/// Hands out what calls identify themselves with, and renews it.
///
/// However many calls wait, a program is asked once.
actor CredentialSource {
    /// What is used until it expires or the server refuses it.
    struct Grant: Sendable {
        /// Grows with each renewal; zero is what the kubeconfig holds.
        var number: Int
        var token: Secret<String>?
        /// Only from a plug-in.
        var identity: WebSettings.Identity?
        /// Nil lasts as long as the server accepts it.
        var expiry: Date?
        /// Asking again may bring another one.
        var isRenewable: Bool
    }

    private let access: KubernetesAccess
    private var current: Grant?
    private var pending: Task<Result<Grant, KubernetesError>, Never>?
    private var lastNumber = 0

    init(_ access: KubernetesAccess) { self.access = access }

    /// A grant that has not expired; another one than the one with the number `stale`.
    func grant(replacing stale: Int? = nil) async throws(KubernetesError) -> Grant {
        if let current, current.number != stale, current.expiry.map({ $0 > Date() }) ?? true { return current }
        if let pending { return try await pending.value.get() }
        let number = lastNumber + 1
        lastNumber = number
        let old = current
        let task = Task { [access] in await Self.make(access, number: number, old: old) }
        pending = task
        let result = await task.value
        pending = nil
        if case .success(let grant) = result { current = grant }
        return try result.get()
    }

    private static func make(
        _ access: KubernetesAccess, number: Int, old: Grant?
    ) async -> Result<Grant, KubernetesError> {
        switch access.token {
        case nil: return .success(Grant(number: 0, isRenewable: false))
        case .value(let token): return .success(Grant(number: 0, token: token, isRenewable: false))
        case .file(let path): return file(path, number, old)
        case .plugin(let plugin): return await PluginRun.grant(plugin, number)
        }
    }

    /// A file that cannot be read for a moment leaves the last token in use.
    private static func file(_ path: String, _ number: Int, _ old: Grant?) -> Result<Grant, KubernetesError> {
        let soon = Date(timeIntervalSinceNow: 60)
        do throws(Diagnostic) {
            let text = String(decoding: try YAMLFile.bytes(at: path, limit: 1 << 20), as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw Diagnostic(
                    code: "kubernetes.token-file", "`\(path)` holds no token",
                    detail: text.isEmpty ? "it is empty" : "it has characters that no token has", exitCode: .invalid)
            }
            return .success(Grant(number: number, token: Secret(text), expiry: soon, isRenewable: true))
        } catch {
            guard var old else { return .failure(.credentials(error)) }
            old.expiry = soon
            return .success(old)
        }
    }
}
