internal import Diagnostics
internal import Foundation

/// The labs in a folder.
package struct LabLibrary: Sendable {
    /// One folder and what came out of it.
    package struct Entry: Sendable {
        package var folder: String
        package var reading: LabReader.Reading

        /// Of the folder's name, also of labs that cannot be read.
        package var id: String { LabLibrary.id(ofFolder: folder) }
    }

    package let entries: [Entry]

    /// Reads every folder below `folder` that holds a `lab.yaml`, in the order of their ids.
    package init(folder: String, isOwn: Bool) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        entries = names.sorted { Self.order($0) < Self.order($1) }.compactMap { name in
            let path = "\(folder)/\(name)"
            guard FileManager.default.fileExists(atPath: "\(path)/\(LabReader.fileName)") else { return nil }
            var reading = LabReader.read(folder: path, isOwn: isOwn)
            if let lab = reading.lab, Self.id(ofFolder: path) != lab.id {
                reading.diagnostics.append(
                    Diagnostic(
                        code: "lab.folder", "the folder \(name) holds the lab \(lab.id)",
                        hint: "call it \(lab.id)-\(lab.name)",
                        location: SourceLocation(file: "\(path)/\(LabReader.fileName)", line: 1, column: 1),
                        exitCode: .invalid))
                reading.lab = nil
            }
            return Entry(folder: path, reading: reading)
        }
    }

    package var labs: [Lab] { entries.compactMap(\.reading.lab) }

    /// `E10` of `labs/E10-local-cluster`.
    package static func id(ofFolder path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return String(name.prefix { $0 != "-" })
    }

    /// Chapters are not in the names of folders: first exercises and activities by number, then the rest.
    private static func order(_ name: String) -> (String, Int, String) {
        let letters = name.prefix { $0.isLetter }
        let number = Int(name.dropFirst(letters.count).prefix { $0.isNumber }) ?? 0
        return (String(letters), number, name)
    }
}
