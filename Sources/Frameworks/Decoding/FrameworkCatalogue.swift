internal import Diagnostics
internal import FoundationEssentials

/// The frameworks in a folder: each folder in it that has a framework file.
package struct FrameworkCatalogue: Sendable {
    package struct Entry: Sendable {
        package var name: String
        package var folder: String
        package var reading: FrameworkReader.Reading
    }

    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// All of them, by name; those that are wrong, too.
    package var entries: [Entry] {
        names.map { name in
            let path = "\(folder)/\(name)"
            return Entry(name: name, folder: path, reading: FrameworkReader.read(folder: path))
        }
    }

    /// Sorted; nothing is read.
    package var names: [String] {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return found.filter {
            FileManager.default.fileExists(atPath: "\(folder)/\($0)/\(FrameworkReader.fileName)")
        }.sorted()
    }

    /// - Throws: `framework.unknown`, or everything that is wrong with its file.
    package func framework(named name: String) throws -> Framework {
        guard names.contains(name) else {
            let near = Suggestion.nearest(to: name, in: names).map { "did you mean \($0)? " } ?? ""
            throw Diagnostic(
                code: "framework.unknown", "there is no framework \(name)",
                hint: "\(near)`martlet framework list` shows all", exitCode: .usage)
        }
        let reading = FrameworkReader.read(folder: "\(folder)/\(name)")
        guard let framework = reading.framework else { throw Diagnostics(reading.diagnostics) }
        return framework
    }
}
