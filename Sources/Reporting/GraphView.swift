package import Planning

/// The steps of a plan and what they wait for, for DOT and Mermaid.
package enum GraphView {
    package static func dot(_ plan: Plan) -> String {
        var text = "digraph \"\(plan.cluster)\" {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n"
        for (host, steps) in byHost(plan) {
            text += "  subgraph \"cluster_\(host)\" {\n    label=\"\(host)\";\n"
            for step in steps {
                text += "    \"\(step.id)\" [label=\"\(name(step))\", tooltip=\"\(escaped(step.title))\"];\n"
            }
            text += "  }\n"
        }
        for step in plan.changes {
            for requirement in step.requires { text += "  \"\(requirement)\" -> \"\(step.id)\";\n" }
        }
        return text + "}\n"
    }

    package static func mermaid(_ plan: Plan) -> String {
        var text = "flowchart LR\n"
        for (host, steps) in byHost(plan) {
            text += "  subgraph \(identifier(host))[\"\(host)\"]\n"
            for step in steps { text += "    \(identifier(step.id))[\"\(name(step))\"]\n" }
            text += "  end\n"
        }
        for step in plan.changes {
            for requirement in step.requires { text += "  \(identifier(requirement)) --> \(identifier(step.id))\n" }
        }
        return text
    }

    private static func byHost(_ plan: Plan) -> [(host: String, steps: [Step])] {
        var order: [String] = []
        var groups: [String: [Step]] = [:]
        for step in plan.changes {
            if groups[step.host] == nil { order.append(step.host) }
            groups[step.host, default: []].append(step)
        }
        return order.map { ($0, groups[$0] ?? []) }
    }

    private static func name(_ step: Step) -> String { String(step.id.prefix { $0 != "@" }) }

    private static func identifier(_ id: String) -> String {
        "n_" + id.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
    }

    private static func escaped(_ text: String) -> String { text.split(separator: "\"").joined(separator: "'") }
}
