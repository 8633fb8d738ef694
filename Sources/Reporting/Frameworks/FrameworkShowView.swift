package import Frameworks

/// Everything about one framework.
package enum FrameworkShowView {
    package struct Parameter: Encodable {
        var name: String
        var type: String
        var standard: String?
        var choices: [String]
        var description: String
        var channels: [String]

        private enum CodingKeys: String, CodingKey {
            case name, type, choices, description, channels
            case standard = "default"
        }
    }

    private struct Document: Encodable {
        var formatVersion = 1
        var framework: FrameworkRow
        var homepage: String?
        var lastRelease: String?
        var verifiedBy: String?
        var notice: String?
        var traits: FrameworkTraits
        var resources: FrameworkResources
        var parameters: [Parameter]
        var images: [String]
        var sources: [String]
        var phases: [String]
        var knownIssues: [String]
    }

    private static func parameters(_ framework: Framework) -> [Parameter] {
        framework.parameters.map { parameter in
            Parameter(
                name: parameter.name, type: parameter.kind.rawValue, standard: parameter.standard?.text,
                choices: parameter.choices, description: parameter.description, channels: parameter.channels)
        }
    }

    package static func json(_ framework: Framework, installed: InstalledFramework?) -> String {
        JSONOutput.text(
            Document(
                framework: FrameworkRow(framework, installed: installed), homepage: framework.homepage,
                lastRelease: framework.lastRelease, verifiedBy: framework.verifiedBy, notice: framework.licence.notice,
                traits: framework.traits, resources: framework.resources, parameters: parameters(framework),
                images: framework.images.map(\.pinned), sources: framework.sources.map(sourceText),
                phases: framework.phases.map { "\($0.id): \($0.title)" },
                knownIssues: framework.knownIssues.map { "\($0.symptom): \($0.remedy)" }))
    }

    private static func sourceText(_ source: FrameworkSource) -> String {
        switch source.origin {
        case .file(let file): file
        case .url(let url, _): url
        }
    }

    package static func text(
        _ framework: Framework, installed: InstalledFramework?, on terminal: Terminal
    ) -> String {
        var text = "\(terminal.styled(framework.title, .bold))  \(framework.summary)\n"
        let traits = framework.traits
        let able = [
            (traits.sourceDeploy, "source"), (traits.imageDeploy, "images"), (traits.scaleToZero, "scale to zero"),
            (traits.trafficSplit, "traffic split"), (traits.offline, "offline"),
        ].filter(\.0).map(\.1)
        var facts: [[String]] = [
            ["Status", "\(framework.status.rawValue), \(framework.isMaintained ? "maintained" : "not maintained")"],
            ["Licence", framework.licence.name], ["Can do", able.joined(separator: ", ")],
            ["Triggers", traits.triggers.map(\.rawValue).joined(separator: ", ")],
            [
                "Needs",
                "\(framework.resources.cpu) CPU, \(framework.resources.memory) memory, \(traits.pods) pods, \(traits.crds) definitions, \(traits.webhooks) webhooks, \(traits.claims) claims",
            ],
            ["Verified", verified(framework)],
        ]
        if let release = framework.lastRelease { facts.append(["Last release", release]) }
        if let homepage = framework.homepage { facts.append(["Page", homepage]) }
        if let installed {
            facts.append(["Installed", "\(installed.channel), \(installed.version) (\(installed.state.rawValue))"])
        }
        text += TextTable.render(facts.map { ["  " + $0[0], $0[1]] })
        if let notice = framework.licence.notice {
            text += "\n\(TextWrap.wrap(notice, columns: terminal.columns))\n"
        }
        text += "\n" + terminal.styled("Channels", .bold) + "\n"
        text += TextTable.render(
            framework.channels.map { channel in
                [
                    "  \(channel.name)\(channel.isDefault ? " (default)" : "")", channel.version,
                    "Kubernetes \(channel.rangeText)", channel.summary ?? "",
                ]
            })
        for channel in framework.channels {
            text += "    \(channel.name): from \(channel.minimum.text): \(channel.minimum.reason)"
            text += channel.maximum.map { "; to \($0.text): \($0.reason)" } ?? ""
            text += "\n"
        }
        if !framework.parameters.isEmpty {
            text += "\n" + terminal.styled("Parameters", .bold) + " (--set NAME=VALUE)\n"
            text += TextTable.render(
                framework.parameters.map { parameter in
                    [
                        "  \(parameter.name)", parameter.kind.rawValue, parameter.standard?.text ?? "(must be given)",
                        parameter.description
                            + (parameter.choices.isEmpty ? "" : " (\(parameter.choices.joined(separator: ", ")))"),
                    ]
                })
        }
        if !framework.knownIssues.isEmpty {
            text += "\n" + terminal.styled("Known issues", .bold) + "\n"
            for issue in framework.knownIssues {
                text +=
                    "  \(issue.symptom): \(issue.explanation) \(issue.remedy) \(issue.references.joined(separator: ", "))\n"
            }
        }
        return text
    }

    /// Channels by how far they were proven, the furthest first.
    private static func verified(_ framework: Framework) -> String {
        func names(_ verification: Framework.Verification) -> String? {
            let names = framework.channels.filter { $0.verification == verification }.map(\.name)
            return names.isEmpty ? nil : names.joined(separator: ", ")
        }
        let parts = [
            names(.real).map { "with its real components: \($0)" },
            names(.api).map { "its objects by a real API server: \($0)" },
            names(.none).map { "not against the real one: \($0)" },
        ]
        return (parts + [framework.verifiedBy]).compactMap(\.self).joined(separator: "; ")
    }
}
