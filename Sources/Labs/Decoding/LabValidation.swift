internal import ConfigTree
internal import Diagnostics
package import KubernetesAPI

/// What stands between the keys of a lab: names that must be unique or known, cycles, variables, bounds.
package struct LabValidation {
    package typealias ManifestReader = (_ file: String) -> Result<[JSONValue], any Error>

    let lab: Lab
    let root: ConfigNode
    let decoder: ConfigDecoder
    let manifest: ManifestReader

    init(_ lab: Lab, _ root: ConfigNode, _ decoder: ConfigDecoder, manifest: @escaping ManifestReader) {
        self.lab = lab
        self.root = root
        self.decoder = decoder
        self.manifest = manifest
    }

    func run() {
        uniqueNames()
        knownNeeds()
        cycles()
        proofs()
        VariableCheck(lab: lab, root: root, decoder: decoder).run()
        BoundaryCheck(lab: lab, root: root, decoder: decoder, manifest: manifest).run()
        if let book = root["book"], let own = root["id"], let reference = lab.book, own.text != reference.id {
            decoder.report(
                "value", at: own, "`id` is \(own.text), and its place in the book is \(reference.id)",
                hint: "remove `id`, or correct `\(book.key?.text ?? "book")`", severity: .warning)
        }
    }

    // MARK: nodes

    /// Nodes of all checks, those of the cleanup last.
    var checkNodes: [ConfigNode] {
        let steps = (root["steps"].map { Array($0.items) } ?? []).flatMap { step in
            step["checks"].map { Array($0.items) } ?? []
        }
        return steps + (root["cleanup"]?["checks"].map { Array($0.items) } ?? [])
    }

    var sabotageNodes: [ConfigNode] { root["prove"]?["sabotage"].map { Array($0.items) } ?? [] }

    private func uniqueNames() {
        unique("step", (root["steps"].map { Array($0.items) } ?? []).compactMap { $0["id"] })
        unique("check", checkNodes.compactMap { $0["id"] })
        unique("sabotage", sabotageNodes.compactMap { $0["id"] })
        let captures = checkNodes.flatMap { $0["capture"].map { Array($0.entries).map(\.key) } ?? [] }
        let variables = root["vars"].map { Array($0.entries).map(\.key) } ?? []
        unique("variable", variables + captures)
        for name in variables + captures where VariableCheck.builtIn.contains(name.text) {
            decoder.report(
                "duplicate", at: name, "the variable `\(name.text)` is martlet's own", hint: "give it another name")
        }
        let namespaces = (root["setup"].map { Array($0.items) } ?? []).compactMap { $0["namespace"] }
        for extra in namespaces.dropFirst() {
            decoder.report("duplicate", at: extra, "a lab has one namespace of its own", hint: "remove this one")
        }
    }

    private func unique(_ noun: String, _ names: [ConfigNode]) {
        var first: [String: ConfigNode] = [:]
        for name in names {
            if let other = first[name.text] {
                decoder.report(
                    "duplicate", at: name, "the \(noun) `\(ConfigDecoder.shortened(name.text))` is there already",
                    detail: "in line \(other.location.line)")
            } else {
                first[name.text] = name
            }
        }
    }

    private func refer(_ node: ConfigNode, to names: [String], _ noun: String) {
        for item in node.items where item.kind == .scalar && !names.contains(item.text) {
            decoder.report(
                "unknown-\(noun)", at: item, "there is no \(noun) `\(ConfigDecoder.shortened(item.text))`",
                hint: LabCodecs.nearest(item.text, names))
        }
    }

    private var writtenChecks: [String] { checkNodes.compactMap { $0["id"]?.text } }

    private func knownNeeds() {
        for node in checkNodes {
            if let needs = node["needs"] { refer(needs, to: writtenChecks, "check") }
        }
    }

    private func cycles() {
        var needs: [String: [String]] = [:]
        for check in lab.checks + lab.cleanup.checks { needs[check.id] = check.needs }
        var done = Set<String>()
        var path: [String] = []
        func visit(_ id: String) -> [String]? {
            if let start = path.firstIndex(of: id) { return Array(path[start...]) + [id] }
            guard !done.contains(id) else { return nil }
            path.append(id)
            defer {
                path.removeLast()
                done.insert(id)
            }
            for next in needs[id] ?? [] {
                if let cycle = visit(next) { return cycle }
            }
            return nil
        }
        for check in lab.checks + lab.cleanup.checks {
            guard let cycle = visit(check.id) else { continue }
            let node = checkNodes.first { $0["id"]?.text == check.id }?["needs"]
            decoder.report(
                "cycle", at: node ?? root, "checks wait for each other: \(cycle.joined(separator: " needs "))",
                hint: "remove one of these `needs`")
            return
        }
    }

    // MARK: proof

    private func proofs() {
        let steps = (root["steps"].map { Array($0.items) } ?? []).compactMap { $0["id"]?.text }
        let sabotages = sabotageNodes.compactMap { $0["id"]?.text }
        if let red = root["prove"]?["pristine"]?["red"], red.kind == .sequence {
            refer(red, to: writtenChecks, "check")
        }
        for node in sabotageNodes {
            for key in ["red", "error"] {
                if let list = node[key] { refer(list, to: writtenChecks, "check") }
            }
            if let after = node["after"], !steps.contains(after.text) {
                decoder.report(
                    "unknown-step", at: after, "there is no step `\(ConfigDecoder.shortened(after.text))`",
                    hint: LabCodecs.nearest(after.text, steps))
            }
        }
        for node in checkNodes {
            guard let proves = node["proves"], let id = node["id"]?.text else { continue }
            refer(proves, to: sabotages, "sabotage")
            for item in proves.items {
                guard let sabotage = lab.proof.sabotages.first(where: { $0.id == item.text }),
                    !sabotage.red.contains(id)
                else { continue }
                decoder.report(
                    "mismatch", at: item, "the sabotage `\(item.text)` does not name `\(id)` in its `red`",
                    hint: "add it there, or remove it here")
            }
        }
        unprovenChecks()
    }

    /// A check that nothing turns red is no check.
    private func unprovenChecks() {
        var proven = Set(lab.proof.sabotages.flatMap(\.red))
        switch lab.proof.pristine {
        // One that waits for another is only blocked then, and not seen red.
        case .allGoals: proven.formUnion(lab.checks.filter { $0.tier == .goal && $0.needs.isEmpty }.map(\.id))
        case .these(let ids): proven.formUnion(ids.filter { lab.check($0)?.needs.isEmpty ?? true })
        case .none: break
        }
        // Before the cleaning everything is still there, so those are seen red by every proof.
        for check in lab.checks where check.mode == .any && !proven.contains(check.id) {
            guard let node = checkNodes.first(where: { $0["id"]?.text == check.id })?["id"] else { continue }
            decoder.report(
                "unproven", at: node, "nothing turns the check `\(check.id)` red",
                detail:
                    "it is neither red in the pristine run nor named by a sabotage, so nobody knows that it can fail",
                hint: "add a sabotage with `red: [\(check.id)]`", severity: .warning)
        }
    }
}

/// Variables that nobody defines.
struct VariableCheck {
    let lab: Lab
    let root: ConfigNode
    let decoder: ConfigDecoder

    static let builtIn = ["nonce", "namespace", "lab", "id", "cluster", "kubeconfig", "work", "in"]

    private var base: Set<String> {
        var names = Set(Self.builtIn).subtracting(["in"])
        if lab.namespaceTemplate == nil { names.remove("namespace") }
        return names.union(lab.variables.keys)
    }

    func run() {
        for (key, value) in root.entries {
            switch key.text {
            case "steps": for step in value.items { self.step(step) }
            case "cleanup":
                for (key, value) in value.entries {
                    if key.text == "checks" {
                        for check in value.items { self.check(check) }
                    } else {
                        walk(value, base)
                    }
                }
            case "vars": variables(value)
            case "setup": walk(value, base.subtracting(["namespace"]))
            case "lab", "id", "version", "book", "honesty", "time", "gate": break
            default: walk(value, base)
            }
        }
    }

    private func step(_ step: ConfigNode) {
        for (key, value) in step.entries {
            if key.text == "checks" { for check in value.items { self.check(check) } } else { walk(value, base) }
        }
    }

    private func check(_ node: ConfigNode) {
        var names = base
        if let id = node["id"]?.text { names.formUnion(captured(before: id)) }
        for (key, value) in node.entries {
            walk(value, key.text == "cases" ? names.union(["in"]) : names)
        }
    }

    /// What the checks capture that this one depends on.
    private func captured(before id: String) -> Set<String> {
        var names = Set<String>()
        var seen = Set<String>()
        var open = lab.check(id)?.needs ?? []
        while let next = open.popLast() {
            guard seen.insert(next).inserted, let check = lab.check(next) else { continue }
            names.formUnion(check.captures.map(\.name))
            open += check.needs
        }
        return names
    }

    private func variables(_ node: ConfigNode) {
        for (key, value) in node.entries {
            // `${namespace}` is made of variables itself.
            walk(value, base.subtracting([key.text, "namespace"]))
            if reaches(key.text, from: key.text) {
                decoder.report("cycle", at: key, "the variable `\(key.text)` is made of itself")
            }
        }
    }

    private func reaches(_ target: String, from start: String) -> Bool {
        var seen = Set<String>()
        var open = [start]
        while let name = open.popLast() {
            guard let text = lab.variables[name] else { continue }
            for reference in TextTemplate.references(in: text) {
                if reference.name == target { return true }
                if seen.insert(reference.name).inserted { open.append(reference.name) }
            }
        }
        return false
    }

    private func walk(_ node: ConfigNode, _ names: Set<String>) {
        switch node.kind {
        case .sequence: for item in node.items { walk(item, names) }
        case .mapping:
            for (key, value) in node.entries {
                look(key, names)
                walk(value, names)
            }
        case .scalar: look(node, names)
        }
    }

    private func look(_ node: ConfigNode, _ names: Set<String>) {
        for reference in TextTemplate.references(in: node.text) where !names.contains(reference.name) {
            if reference.name.isEmpty {
                decoder.report(
                    "variable", at: node, "a `${` is no variable",
                    detail: "variables have letters, digits, `-`, `_` and dots",
                    hint: "write `$${` for the characters themselves")
                continue
            }
            let capturing = (lab.checks + lab.cleanup.checks).first {
                $0.captures.contains { $0.name == reference.name }
            }
            decoder.report(
                "undefined-variable", at: node, "nobody defines the variable `${\(reference.name)}`",
                detail: "known here: \(names.sorted().joined(separator: ", "))",
                hint: capturing.map { "the check `\($0.id)` captures it: add `needs: [\($0.id)]`" }
                    ?? LabCodecs.nearest(reference.name, names.sorted()))
        }
    }
}
