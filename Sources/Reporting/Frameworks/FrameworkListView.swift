package import Frameworks

/// One framework of the catalogue; a row of `framework list --format json`.
package struct FrameworkRow: Sendable, Encodable {
    package struct Range: Sendable, Encodable {
        package var min: String
        /// nil: no bound is known; `null` in JSON.
        package var max: String?

        private enum CodingKeys: String, CodingKey {
            case min
            case max
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(min, forKey: .min)
            try container.encode(max, forKey: .max)
        }
    }

    package struct Channel: Sendable, Encodable {
        package var name: String
        package var version: String
        package var kubernetes: Range
        package var isDefault: Bool
        package var licence: String
        package var verified: String
        package var summary: String?
    }

    package var name: String
    package var title: String
    package var summary: String
    package var channels: [Channel]
    /// Over all channels.
    package var kubernetes: Range
    package var maintained: Bool
    package var status: String
    package var licence: String
    /// `none`, `api` or `real`: how far it was proven.
    package var verified: String
    /// In the cluster that was asked; nil if none was.
    package var installed: String?

    package init(_ framework: Framework, installed: InstalledFramework? = nil) {
        name = framework.name
        title = framework.title
        summary = framework.summary
        channels = framework.channels.map { channel in
            Channel(
                name: channel.name, version: channel.version,
                kubernetes: Range(min: channel.minimum.text, max: channel.maximum?.text),
                isDefault: channel.isDefault, licence: channel.licence.name,
                verified: channel.verification.rawValue, summary: channel.summary)
        }
        let least = framework.channels.map(\.minimum.minor).min()
        let most = framework.channels.compactMap(\.maximum?.minor).max()
        let isOpen = framework.channels.contains { $0.maximum == nil }
        kubernetes = Range(min: least?.description ?? "", max: isOpen ? nil : most?.description)
        maintained = framework.isMaintained
        status = framework.status.rawValue
        licence = framework.licence.name
        // Of what is installed where nobody chooses.
        verified = (framework.defaultChannel ?? framework.channels.first)?.verification.rawValue ?? "none"
        self.installed = installed.map { "\($0.channel)/\($0.version)" }
    }
}

package enum FrameworkListView {
    private struct List: Encodable {
        var formatVersion = 1
        var frameworks: [FrameworkRow]
    }

    package static func json(_ rows: [FrameworkRow]) -> String { JSONOutput.text(List(frameworks: rows)) }

    package static func text(_ rows: [FrameworkRow], on terminal: Terminal) -> String {
        guard !rows.isEmpty else { return "There are no frameworks.\n" }
        let table = rows.map { row in
            [
                row.name, row.channels.map(\.name).shortList, range(row.kubernetes),
                row.maintained ? "yes" : "no", row.licence, row.verified,
            ]
        }
        return TextTable.render(
            [["NAME", "CHANNELS", "KUBERNETES", "MAINTAINED", "LICENCE", "VERIFIED"]] + table)
    }

    static func range(_ range: FrameworkRow.Range) -> String {
        range.max.map { "\(range.min)-\($0)" } ?? "\(range.min)+"
    }
}

extension [String] {
    /// The first few and how many more.
    fileprivate var shortList: String {
        count <= 3 ? joined(separator: ", ") : prefix(2).joined(separator: ", ") + " and \(count - 2) more"
    }
}
