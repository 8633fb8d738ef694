internal import ConfigTree
internal import Diagnostics
internal import Foundation
internal import WebClient
internal import YAMLDocument

/// Follows a context to its cluster and its user, through several files where they are spread.
struct KubeconfigReader {
    let files: [KubeconfigFile]
    let home: String
    private(set) var warnings: [Diagnostic] = []

    init(files: [KubeconfigFile], home: String) {
        self.files = files
        self.home = home
    }

    mutating func access(context wanted: String?) throws(Diagnostics) -> KubernetesAccess {
        let (name, asked) = try contextName(wanted)
        guard let context = try find("contexts", "context", name) else {
            throw missing("context", "contexts", name, at: asked)
        }
        guard let clusterName = try text(context.node, "cluster") else {
            throw KubeconfigFile.fault(context.node, "context", "The context `\(name)` names no cluster", nil)
        }
        guard let cluster = try find("clusters", "cluster", clusterName) else {
            throw missing("cluster", "clusters", clusterName, at: context.node["cluster"])
        }
        var access = KubernetesAccess(
            server: try server(cluster), namespace: try text(context.node, "namespace") ?? "default", context: name,
            clusterName: clusterName)
        try readCluster(cluster, into: &access)
        if let userName = try text(context.node, "user") {
            guard let user = try find("users", "user", userName) else {
                throw missing("user", "users", userName, at: context.node["user"])
            }
            try readUser(user, into: &access)
        }
        if access.server.hasPrefix("http:"), access.token != nil {
            warn("plain-http", cluster.node["server"], "The token for \(access.server) is sent without encryption", nil)
        }
        return access
    }

    // MARK: names

    /// An entry and the file it stands in.
    private struct Found {
        var node: ConfigNode
        var file: KubeconfigFile
    }

    private func contextName(_ wanted: String?) throws(Diagnostics) -> (String, ConfigNode?) {
        if let wanted { return (wanted, nil) }
        for file in files {
            if let name = try text(file.root, "current-context") { return (name, file.root["current-context"]) }
        }
        let known = allNames("contexts")
        throw Diagnostics([
            Diagnostic(
                code: "kubeconfig.no-context", "The kubeconfig says no current context",
                detail: known.isEmpty ? "it has no contexts" : "it has " + Self.listed(known),
                hint: known.isEmpty ? nil : "name one with --context, or set it with kubectl config use-context",
                location: files.first.map { SourceLocation(file: $0.path, line: 1, column: 1) }, exitCode: .invalid)
        ])
    }

    private func find(_ list: String, _ key: String, _ name: String) throws(Diagnostics) -> Found? {
        for file in files {
            if let node = try file.entry(list, key, named: name) { return Found(node: node, file: file) }
        }
        return nil
    }

    private func allNames(_ list: String) -> [String] { files.flatMap { $0.names(list) } }

    private func missing(_ what: String, _ list: String, _ name: String, at node: ConfigNode?) -> Diagnostics {
        let known = allNames(list)
        let near = Suggestion.nearest(to: name, in: known)
        let place = files.map(\.path).joined(separator: ", ")
        return Diagnostics([
            Diagnostic(
                code: "kubeconfig.no-\(what)", "There is no \(what) `\(name)` in \(place)",
                detail: known.isEmpty ? "there are no \(list)" : "there is " + Self.listed(known),
                hint: near.map { "did you mean `\($0)`" },
                location: node?.location ?? files.first.map { SourceLocation(file: $0.path, line: 1, column: 1) },
                exitCode: .invalid)
        ])
    }

    private static func listed(_ names: [String]) -> String {
        let shown = names.prefix(10).map { "`\($0)`" }.joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
    }

    // MARK: cluster

    private func server(_ cluster: Found) throws(Diagnostics) -> String {
        guard let server = try text(cluster.node, "server") else {
            throw KubeconfigFile.fault(cluster.node, "no-server", "The cluster has no `server`", nil)
        }
        guard server.hasPrefix("https://") || server.hasPrefix("http://"),
            server.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw KubeconfigFile.fault(
                cluster.node["server"] ?? cluster.node, "server",
                "`server` must be a URL, and `\(ConfigDecoder.shortened(server))` is none", nil,
                hint: server.contains("://") ? nil : "did you mean `https://\(ConfigDecoder.shortened(server))`")
        }
        return server
    }

    private mutating func readCluster(_ cluster: Found, into access: inout KubernetesAccess) throws(Diagnostics) {
        let node = cluster.node
        access.isInsecure = try boolean(node, "insecure-skip-tls-verify") ?? false
        access.serverName = try text(node, "tls-server-name")
        if let proxy = try text(node, "proxy-url") {
            let schemes = ["http://", "https://", "socks5://", "socks5h://"]
            guard schemes.contains(where: { proxy.hasPrefix($0) }) else {
                throw KubeconfigFile.fault(
                    node["proxy-url"] ?? node, "proxy", "`proxy-url` must be a URL of http, https or socks5", nil,
                    hidesText: true)
            }
            access.proxy = .url(proxy)
        }
        if let data = try data(node, "certificate-authority-data") {
            access.trust = .pem(data)
        } else if let path = try path(cluster, "certificate-authority") {
            access.trust = .file(path)
        } else {
            return try warnIfInsecure(node, access, hasAuthority: false)
        }
        try warnIfInsecure(node, access, hasAuthority: true)
    }

    /// kubectl refuses an authority besides the insecure flag, because one of the two would be a lie.
    private mutating func warnIfInsecure(
        _ node: ConfigNode, _ access: KubernetesAccess, hasAuthority: Bool
    ) throws(Diagnostics) {
        guard access.isInsecure, let flag = node["insecure-skip-tls-verify"] else { return }
        guard !hasAuthority else {
            throw KubeconfigFile.fault(
                flag, "insecure-authority",
                "A cluster cannot have both an authority and `insecure-skip-tls-verify: true`", nil,
                hint: "remove insecure-skip-tls-verify")
        }
        warn(
            "insecure", flag, "The certificate of \(access.server) is not checked",
            "whoever is on the way can read and change everything, credentials included")
    }

    // MARK: user

    private mutating func readUser(_ user: Found, into access: inout KubernetesAccess) throws(Diagnostics) {
        let node = user.node
        access.identity = try identity(user)
        for key in ["auth-provider", "username"] where node[key].map({ !$0.isNull }) ?? false {
            warn("unsupported", node[key], "`\(key)` is not supported by Kubernetes any more and is left out", nil)
        }
        for key in ["as", "as-uid", "as-groups"] where node[key].map({ !$0.isNull }) ?? false {
            throw KubeconfigFile.fault(
                node[key] ?? node, "unsupported", "`\(key)` (impersonation) is not supported here", nil)
        }
        // As in kubectl a file of a token counts more than a token, and both count more than a program.
        if let path = try path(user, "tokenFile") {
            access.token = .file(path)
        } else if let token = try text(node, "token", isSecret: true) {
            guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw KubeconfigFile.fault(
                    node["token"] ?? node, "token", "`token` has characters that no token has", nil, hidesText: true)
            }
            access.token = .value(Secret(token))
        } else if let exec = node["exec"], !exec.isNull {
            access.token = .plugin(try plugin(exec, user, access))
        }
    }

    private mutating func identity(_ user: Found) throws(Diagnostics) -> WebSettings.Identity? {
        let node = user.node
        let certificateData = try data(node, "client-certificate-data")
        let keyData = try data(node, "client-key-data", isSecret: true)
        let certificatePath = certificateData == nil ? try path(user, "client-certificate") : nil
        let keyPath = keyData == nil ? try path(user, "client-key") : nil
        switch (certificateData != nil || certificatePath != nil, keyData != nil || keyPath != nil) {
        case (false, false): return nil
        case (true, true): break
        case (true, false):
            throw KubeconfigFile.fault(
                node, "identity", "The user has a client certificate and no key", nil,
                hint: "give client-key or client-key-data", hidesText: true)
        case (false, true):
            throw KubeconfigFile.fault(
                node, "identity", "The user has a client key and no certificate", nil,
                hint: "give client-certificate or client-certificate-data", hidesText: true)
        }
        let certificate: [UInt8]
        if let certificateData {
            certificate = certificateData
        } else {
            certificate = try contents(certificatePath ?? "", node["client-certificate"])
        }
        let place = node["client-certificate-data"] ?? node["client-certificate"]
        if let expiry = CertificateDates.expiry(pem: certificate), expiry < Date() {
            warn(
                "certificate-expired", place, "The client certificate expired on \(Self.day(expiry))",
                "the API server will answer that it does not know who asks", hidesText: true)
        }
        if let certificatePath, let keyPath {
            return .files(certificate: certificatePath, key: keyPath)
        }
        if let keyData { return .pem(certificate: certificate, key: Secret(keyData)) }
        return .pem(certificate: certificate, key: Secret(try contents(keyPath ?? "", node["client-key"])))
    }

    private static func day(_ date: Date) -> String { String(date.formatted(.iso8601).prefix(10)) }

    private func plugin(
        _ node: ConfigNode, _ user: Found, _ access: KubernetesAccess
    ) throws(Diagnostics) -> CredentialPlugin {
        guard let command = try text(node, "command") else {
            throw KubeconfigFile.fault(node, "plugin", "`exec` has no `command`", nil)
        }
        let versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
        let version = try text(node, "apiVersion") ?? ""
        guard versions.contains(version) else {
            throw KubeconfigFile.fault(
                node["apiVersion"] ?? node, "plugin",
                "`exec` speaks `\(ConfigDecoder.shortened(version))`, and \(versions.joined(separator: " and ")) are known",
                nil)
        }
        if let mode = try text(node, "interactiveMode"), mode == "Always" {
            throw KubeconfigFile.fault(
                node["interactiveMode"] ?? node, "plugin",
                "`\(command)` wants to talk with its user, which does not work here",
                nil, hint: "use a context whose user has a token or a certificate")
        }
        var environment: [String: String] = [:]
        for item in items(node, "env") {
            if let name = item["name"]?.text { environment[name] = item["value"]?.text ?? "" }
        }
        var cluster: JSONValue = [
            "server": .string(access.server), "insecure-skip-tls-verify": .bool(access.isInsecure),
        ]
        if let name = access.serverName { cluster["tls-server-name"] = .string(name) }
        if case .url(let proxy) = access.proxy { cluster["proxy-url"] = .string(proxy) }
        if let authority = authority(access.trust) {
            cluster["certificate-authority-data"] = .string(Data(authority).base64EncodedString())
        }
        // A command with a folder begins at the kubeconfig's, one without is looked for in PATH.
        return CredentialPlugin(
            command: command.contains("/") ? absolute(command, user.file) : command,
            arguments: items(node, "args").map(\.text), environment: environment,
            apiVersion: version, wantsCluster: try boolean(node, "provideClusterInfo") ?? false,
            installHint: try text(node, "installHint"), patience: .seconds(60), cluster: cluster)
    }

    private func authority(_ trust: WebSettings.Trust) -> [UInt8]? {
        switch trust {
        case .system: nil
        case .pem(let bytes): bytes
        case .file(let path): try? YAMLFile.bytes(at: path, limit: 16 << 20)
        }
    }

    // MARK: values

    /// Nil where the key is absent or empty.
    private func text(_ node: ConfigNode, _ key: String, isSecret: Bool = false) throws(Diagnostics) -> String? {
        guard let value = node[key], !value.isNull else { return nil }
        // kubectl takes whole numbers for text, and other spellings it changes without a word.
        let isNumber = value.meaning == .integer && Int(value.text).map(String.init) == value.text
        guard value.kind == .scalar, value.meaning == .text || isNumber else {
            throw KubeconfigFile.fault(
                value, "type", "`\(value.path)` must be text",
                value.kind == .scalar && !isSecret
                    ? "`\(ConfigDecoder.shortened(value.text))` without quotes reads as \(value.meaning.noun)" : nil,
                hint: value.kind == .scalar ? "write it in quotes" : nil, hidesText: isSecret)
        }
        return value.bytes.isEmpty ? nil : value.text
    }

    private func boolean(_ node: ConfigNode, _ key: String) throws(Diagnostics) -> Bool? {
        guard let value = node[key], !value.isNull else { return nil }
        guard case .boolean(let flag) = value.meaning else {
            throw KubeconfigFile.fault(value, "type", "`\(value.path)` must be true or false", nil)
        }
        return flag
    }

    private func items(_ node: ConfigNode, _ key: String) -> [ConfigNode] { node[key].map { Array($0.items) } ?? [] }

    /// Base64, decoded.
    private func data(_ node: ConfigNode, _ key: String, isSecret: Bool = false) throws(Diagnostics) -> [UInt8]? {
        guard let text = try text(node, key, isSecret: isSecret) else { return nil }
        let compact = String(text.filter { !$0.isWhitespace })
        guard let data = Data(base64Encoded: compact), !data.isEmpty else {
            throw KubeconfigFile.fault(
                node[key] ?? node, "data", "`\(node[key]?.path ?? key)` is not base64", nil, hidesText: true)
        }
        return [UInt8](data)
    }

    /// The absolute path of a file that is there.
    private func path(_ found: Found, _ key: String) throws(Diagnostics) -> String? {
        guard let text = try text(found.node, key) else { return nil }
        let path = absolute(text, found.file)
        guard Foundation.access(path, R_OK) == 0 else {
            throw KubeconfigFile.fault(
                found.node[key] ?? found.node, "file", "`\(path)` cannot be read: \(String(cString: strerror(errno)))",
                "`\(key)` names it")
        }
        return path
    }

    private func absolute(_ path: String, _ file: KubeconfigFile) -> String {
        path.hasPrefix("/") ? path : "\(file.folder)/\(path)"
    }

    private func contents(_ path: String, _ node: ConfigNode?) throws(Diagnostics) -> [UInt8] {
        do { return try YAMLFile.bytes(at: path, limit: 16 << 20) } catch {
            var problem = error
            if let node { problem.location = node.location }
            throw Diagnostics([problem])
        }
    }

    private mutating func warn(
        _ code: String, _ node: ConfigNode?, _ summary: String, _ detail: String?, hidesText: Bool = false
    ) {
        var location = node?.location
        if hidesText { location?.text = nil }
        warnings.append(
            Diagnostic(.warning, code: "kubeconfig.\(code)", summary, detail: detail, location: location))
    }
}
