internal import ConfigTree
package import Diagnostics
internal import YAMLDocument

/// From the text of a framework file to a `Framework`, or to everything that is wrong with it.
package enum FrameworkReader {
    /// `framework` is nil exactly when there are errors.
    package struct Reading: Sendable {
        package var framework: Framework?
        /// Errors and warnings in the order of the text.
        package var diagnostics: [Diagnostic]
    }

    package static let fileName = "framework.yaml"

    /// Reads `framework.yaml` in a folder, and the files that it names.
    package static func read(folder: String) -> Reading {
        let path = "\(folder)/\(fileName)"
        let bytes: [UInt8]
        do {
            bytes = try YAMLFile.bytes(at: path, limit: 4 << 20)
        } catch {
            return Reading(framework: nil, diagnostics: [error])
        }
        var reading = decode(bytes, file: path, folder: folder)
        guard let framework = reading.framework else { return reading }
        var problems = FrameworkFiles(framework).problems()
        let base = folder.split(separator: "/").last.map(String.init) ?? folder
        if framework.name != base, base != "." {
            problems.append(
                Diagnostic(
                    code: "framework.name", "the folder is called \(base), and the framework \(framework.name)",
                    hint: "give both the same name", location: SourceLocation(file: path, line: 1, column: 1),
                    exitCode: .invalid))
        }
        reading.diagnostics += problems
        if problems.contains(where: { $0.severity == .error }) { reading.framework = nil }
        return reading
    }

    /// Decodes and validates the text alone.
    package static func decode(_ bytes: [UInt8], file: String, folder: String) -> Reading {
        let yaml = YAMLReader().read(bytes, file: file)
        guard let document = yaml.documents.first, !yaml.hasErrors else {
            return Reading(framework: nil, diagnostics: yaml.diagnostics)
        }
        let decoder = ConfigDecoder(family: "framework")
        var framework = FrameworkFields.root.read(document.root, decoder)
        framework?.folder = folder
        if let framework { FrameworkValidation(framework, document.root, decoder).run() }
        return Reading(
            framework: decoder.hasErrors ? nil : framework, diagnostics: yaml.diagnostics + decoder.diagnostics)
    }
}

/// The published JSON Schema of a framework file.
package enum FrameworkSchema {
    package static var text: String {
        JSONSchema.document(
            of: FrameworkFields.shape, id: "urn:martlet:schema:framework:v1",
            title: "martlet framework (framework.yaml)"
        ).rendered() + "\n"
    }

    package static var reference: String { FieldReference.text(of: FrameworkFields.shape) }
}
