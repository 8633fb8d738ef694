internal import ConfigTree
internal import Diagnostics
internal import KubernetesAPI
internal import YAMLDocument

/// The files that a framework names: whether they are there and what they should be.
struct FrameworkFiles {
    let framework: Framework

    init(_ framework: Framework) { self.framework = framework }

    /// Everything that is wrong with them.
    func problems() -> [Diagnostic] {
        var problems: [Diagnostic] = []
        for source in framework.sources {
            if case .file(let file) = source.origin { problems += template(file) }
        }
        var checks = framework.readiness
        var requests = framework.removal.http
        for phase in framework.phases {
            checks += phase.waits + (phase.unless.map { [$0] } ?? [])
            requests += phase.http
        }
        for check in checks {
            if case .accepted(let file) = check.subject { problems += template(file) }
        }
        for request in requests {
            guard let file = request.bodyFile else { continue }
            do throws(Diagnostic) { _ = try YAMLFile.bytes(at: "\(framework.folder)/\(file)", limit: 4 << 20) } catch {
                problems.append(error)
            }
        }
        return problems
    }

    /// A file of our own with variables.
    private func template(_ file: String) -> [Diagnostic] {
        let path = "\(framework.folder)/\(file)"
        do {
            let bytes = try YAMLFile.bytes(at: path, limit: 8 << 20)
            let documents = try YAMLReader.documents(bytes, file: path)
            _ = try ObjectFile.objects(bytes, file: path)
            let decoder = ConfigDecoder(family: "framework")
            let scope = VariableScope(framework)
            for document in documents { check(document.root, scope, decoder) }
            return decoder.diagnostics
        } catch let error as Diagnostics {
            return error.list
        } catch {
            return (error as? Diagnostic).map { [$0] } ?? []
        }
    }

    private func check(_ node: ConfigNode, _ scope: VariableScope, _ decoder: ConfigDecoder) {
        switch node.kind {
        case .sequence: for item in node.items { check(item, scope, decoder) }
        case .mapping:
            for (key, value) in node.entries {
                if key.hasText(Variables.conditionKey) {
                    checkCondition(value, decoder)
                } else {
                    check(key, scope, decoder)
                    check(value, scope, decoder)
                }
            }
        case .scalar:
            for reference in TextTemplate.references(in: node.text) {
                guard let fault = scope.fault(of: reference.name, mayHoldSecrets: false) else { continue }
                decoder.report("variable", at: node, fault.summary, hint: fault.hint)
            }
        }
    }

    private func checkCondition(_ node: ConfigNode, _ decoder: ConfigDecoder) {
        guard node.kind == .mapping else {
            decoder.report("type", at: node, "`\(Variables.conditionKey)` must be a mapping of parameters to values")
            return
        }
        let names = framework.parameters.map(\.name) + ["channel"]
        for (key, _) in node.entries where !names.contains(key.text) {
            decoder.report(
                "unknown", at: key, "there is no parameter `\(ConfigDecoder.shortened(key.text))`",
                hint: Suggestion.nearest(to: key.text, in: names).map { "did you mean `\($0)`" })
        }
    }
}
