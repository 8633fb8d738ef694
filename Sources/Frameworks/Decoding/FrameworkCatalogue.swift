internal import Diagnostics
internal import FoundationEssentials

/// The frameworks in some folders: each folder in one of them that has a framework file.
package struct FrameworkCatalogue: Sendable {
    package struct Entry: Sendable {
        package var name: String
        package var folder: String
        package var reading: FrameworkReader.Reading
    }

    /// Of two frameworks with one name that of the earlier folder counts.
    package let folders: [String]

    package init(folders: [String]) { self.folders = folders }

    /// All of them, by name; those that are wrong, too.
    package var entries: [Entry] {
        places.sorted { $0.key < $1.key }.map { name, path in
            Entry(name: name, folder: path, reading: FrameworkReader.read(folder: path))
        }
    }

    /// Sorted; nothing is read.
    package var names: [String] { places.keys.sorted() }

    /// By name the folder of each.
    private var places: [String: String] {
        var found: [String: String] = [:]
        for folder in folders.reversed() {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            where FileManager.default.fileExists(atPath: "\(folder)/\(name)/\(FrameworkReader.fileName)") {
                found[name] = "\(folder)/\(name)"
            }
        }
        return found
    }

    /// - Throws: `framework.unknown`, or everything that is wrong with its file.
    package func framework(named name: String) throws -> Framework {
        let places = places
        guard let folder = places[name] else {
            let near = Suggestion.nearest(to: name, in: places.keys.sorted()).map { "did you mean \($0)? " } ?? ""
            throw Diagnostic(
                code: "framework.unknown", "there is no framework \(name)",
                hint: "\(near)`martlet framework list` shows all; --frameworks FOLDER adds your own", exitCode: .usage)
        }
        let reading = FrameworkReader.read(folder: folder)
        guard let framework = reading.framework else { throw Diagnostics(reading.diagnostics) }
        return framework
    }
}
