internal import ConfigTree
internal import Diagnostics
internal import KubernetesAPI

/// What stands between the fields of one framework file.
struct FrameworkValidation {
    let framework: Framework
    let root: ConfigNode
    let decoder: ConfigDecoder
    let variables: VariableScope

    init(_ framework: Framework, _ root: ConfigNode, _ decoder: ConfigDecoder) {
        self.framework = framework
        self.root = root
        self.decoder = decoder
        variables = VariableScope(framework)
    }

    func run() {
        checkNames()
        checkReferences()
        for section in ["namespaces", "images", "sources", "endpoints", "readiness", "removal"] {
            checkVariables(root[section], mayHoldSecrets: false)
        }
        checkVariables(root["secrets"], mayHoldSecrets: false)
        checkVariables(root["phases"], mayHoldSecrets: true)
        checkVariables(root["function"], mayHoldSecrets: true)
        checkApplicability(root)
    }

    // MARK: names

    private func checkNames() {
        func unique(_ section: String, _ key: String) {
            var seen: Set<String> = []
            for item in items(root[section]) {
                guard let node = item[key], item["channels"] == nil, item["when"] == nil else { continue }
                if !seen.insert(node.text).inserted {
                    decoder.report("twice", at: node, "there are two \(section) named `\(node.text)`")
                }
            }
        }
        for (section, key) in [
            ("channels", "name"), ("parameters", "name"), ("sources", "id"), ("phases", "id"), ("endpoints", "id"),
            ("images", "id"), ("secrets", "name"),
        ] { unique(section, key) }
        let defaults = framework.channels.filter(\.isDefault)
        if defaults.count > 1, let node = root["channels"] {
            decoder.report("value", at: node, "only one channel can be the default")
        }
        for node in items(root["channels"]) {
            for other in items(node["upgradeFrom"]) where framework.channel(other.text) == nil {
                unknown("channel", other, framework.channels.map(\.name))
            }
        }
    }

    private func items(_ node: ConfigNode?) -> [ConfigNode] { node.map { Array($0.items) } ?? [] }

    private func unknown(_ what: String, _ node: ConfigNode, _ known: [String]) {
        decoder.report(
            "unknown", at: node, "there is no \(what) `\(ConfigDecoder.shortened(node.text))`",
            hint: Suggestion.nearest(to: node.text, in: known).map { "did you mean `\($0)`" })
    }

    // MARK: references

    private func checkReferences() {
        let sources = framework.sources.map(\.id)
        let phases = framework.phases.map(\.id)
        for phase in items(root["phases"]) {
            for node in items(phase["apply"]) where !sources.contains(node.text) {
                unknown("source", node, sources)
            }
            if let node = phase["job"]?["source"], !sources.contains(node.text) { unknown("source", node, sources) }
        }
        for list in ["before", "after"] {
            for node in items(root["upgrade"]?[list]) where !phases.contains(node.text) {
                unknown("phase", node, phases)
            }
        }
        checkEndpoints(root)
        for secret in framework.secrets {
            guard let node = items(root["secrets"]).first(where: { $0["name"]?.hasText(secret.name) == true }) else {
                continue
            }
            check(secret, node)
        }
    }

    private func check(_ secret: FrameworkSecret, _ node: ConfigNode) {
        let names = secret.keys.map(\.name)
        let hasCertificate = secret.keys.contains {
            if case .generated(.certificate) = $0.value { true } else { false }
        }
        for (name, value) in secret.keys {
            guard let place = node["keys"]?[name] else { continue }
            switch value {
            case .joined(let parts, _):
                for part in items(place["join"]) where !names.contains(part.text) { unknown("key", part, names) }
                if parts.contains(name) {
                    decoder.report("value", at: place, "`\(name)` cannot be a part of itself")
                }
            case .generated(.certificateKey) where !hasCertificate:
                decoder.report("missing-key", at: place, "there is no certificate in the secret whose key this is")
            default: break
            }
        }
    }

    /// Wherever `endpoint` is a key.
    private func checkEndpoints(_ node: ConfigNode) {
        let known = framework.endpoints.map(\.id)
        switch node.kind {
        case .sequence: for item in node.items { checkEndpoints(item) }
        case .mapping:
            for (key, value) in node.entries {
                if key.hasText("endpoint"), value.kind == .scalar, !known.contains(value.text) {
                    unknown("endpoint", value, known)
                } else if !["body", "merge"].contains(where: key.hasText) {
                    checkEndpoints(value)
                }
            }
        case .scalar: break
        }
    }

    // MARK: variables

    private func checkVariables(_ node: ConfigNode?, mayHoldSecrets: Bool) {
        guard let node else { return }
        switch node.kind {
        case .sequence: for item in node.items { checkVariables(item, mayHoldSecrets: mayHoldSecrets) }
        case .mapping:
            for (key, value) in node.entries {
                check(key, mayHoldSecrets: mayHoldSecrets)
                checkVariables(value, mayHoldSecrets: mayHoldSecrets)
            }
        case .scalar: check(node, mayHoldSecrets: mayHoldSecrets)
        }
    }

    private func check(_ node: ConfigNode, mayHoldSecrets: Bool) {
        for reference in TextTemplate.references(in: node.text) {
            guard let fault = variables.fault(of: reference.name, mayHoldSecrets: mayHoldSecrets) else { continue }
            decoder.report("variable", at: node, fault.summary, hint: fault.hint)
        }
    }

    // MARK: where parts count

    /// Every `channels` and `when` names what there is.
    private func checkApplicability(_ node: ConfigNode, depth: Int = 0) {
        switch node.kind {
        case .scalar: break
        case .sequence: for item in node.items { checkApplicability(item, depth: depth + 1) }
        case .mapping:
            for (key, value) in node.entries {
                if key.hasText("channels") || key.hasText("zeroByHand"), value.kind == .sequence, depth > 0 {
                    for item in value.items where item.kind == .scalar && framework.channel(item.text) == nil {
                        unknown("channel", item, framework.channels.map(\.name))
                    }
                } else if key.hasText("when"), value.kind == .mapping {
                    checkWhen(value)
                } else if !["body", "merge", "labels", "values", "json"].contains(where: key.hasText) {
                    checkApplicability(value, depth: depth + 1)
                }
            }
        }
    }

    private func checkWhen(_ node: ConfigNode) {
        for (key, value) in node.entries {
            guard let parameter = framework.parameters.first(where: { key.hasText($0.name) }) else {
                unknown("parameter", key, framework.parameters.map(\.name))
                continue
            }
            guard parameter.kind == .choice else { continue }
            for item in value.kind == .sequence ? Array(value.items) : [value]
            where !parameter.choices.contains(item.text) {
                unknown("choice of `\(parameter.name)`", item, parameter.choices)
            }
        }
    }
}

/// The variables that a framework's texts may name.
struct VariableScope {
    struct Fault {
        var summary: String
        var hint: String?
    }

    let names: Set<String>
    let secrets: [String: Set<String>]

    static let fixed: Set<String> = [
        "release.version", "release.channel", "framework.name", "cluster.version", "cluster.minor",
        "cluster.nodeAddress",
    ]

    init(_ framework: Framework) {
        var names = Self.fixed
        for parameter in framework.parameters { names.insert("param.\(parameter.name)") }
        for image in framework.images { names.insert("image.\(image.id)") }
        for channel in framework.channels { for key in channel.values.keys { names.insert("value.\(key)") } }
        self.names = names
        secrets = Dictionary(
            framework.secrets.map { ($0.name, Set($0.keys.map(\.name))) }, uniquingKeysWith: { $0.union($1) })
    }

    /// nil when the name is known and may stand where it stands.
    func fault(of name: String, mayHoldSecrets: Bool) -> Fault? {
        if name.isEmpty {
            return Fault(
                summary:
                    "a variable is not closed, or its name has other characters than letters, digits, `.`, `-`, `_`",
                hint: "write `$${` for a literal `${`")
        }
        if names.contains(name) { return nil }
        if name.hasPrefix("secret.") {
            guard mayHoldSecrets else {
                return Fault(
                    summary: "`${\(name)}` may stand in requests only", hint: "mount the Secret, or refer to its key")
            }
            let rest = name.dropFirst("secret.".count)
            for (secret, keys) in secrets where rest.hasPrefix(secret + ".") {
                if keys.contains(String(rest.dropFirst(secret.count + 1))) { return nil }
            }
        }
        let near = Suggestion.nearest(to: name, in: names.sorted())
        return Fault(
            summary: "there is no variable `${\(ConfigDecoder.shortened(name))}`",
            hint: near.map { "did you mean `${\($0)}`" } ?? "write `$${` for a literal `${`")
    }
}
