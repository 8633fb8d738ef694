internal import ConfigTree
package import Diagnostics
internal import YAMLDocument

/// From the text of a lab file to a `Lab`, or to everything that is wrong with it.
///
/// Nothing in a lab is carried out here; the files it names are read, to see that they are what they should be.
package enum LabReader {
    /// `lab` is nil exactly when there are errors.
    package struct Reading: Sendable {
        package var lab: Lab?
        /// Errors and warnings in the order of the text.
        package var diagnostics: [Diagnostic]
    }

    package static let fileName = "lab.yaml"

    /// Reads `lab.yaml` in a folder.
    ///
    /// - Parameter isOwn: it is a part of the product.
    package static func read(folder: String, isOwn: Bool) -> Reading {
        let path = "\(folder)/\(fileName)"
        let bytes: [UInt8]
        do {
            bytes = try YAMLFile.bytes(at: path, limit: 4 << 20)
        } catch {
            return Reading(lab: nil, diagnostics: [error])
        }
        return decode(bytes, file: path, origin: LabOrigin(folder: folder, isOwn: isOwn)) { file in
            Result { try LabManifest.load(file, folder: folder) }
        }
    }

    /// The lab in a folder; throws `Diagnostics` with all that is wrong.
    package static func load(folder: String, isOwn: Bool) throws(Diagnostics) -> (lab: Lab, warnings: [Diagnostic]) {
        let reading = read(folder: folder, isOwn: isOwn)
        guard let lab = reading.lab else { throw Diagnostics(reading.diagnostics) }
        return (lab, reading.diagnostics)
    }

    /// Decodes and validates; `manifest` reads a file of the lab.
    package static func decode(
        _ bytes: [UInt8], file: String, origin: LabOrigin, manifest: @escaping LabValidation.ManifestReader
    ) -> Reading {
        let yaml = YAMLReader().read(bytes, file: file)
        guard let document = yaml.documents.first, !yaml.hasErrors else {
            return Reading(lab: nil, diagnostics: yaml.diagnostics)
        }
        let decoder = ConfigDecoder(family: "lab")
        var lab = LabFields.root.read(document.root, decoder)
        lab?.origin = origin
        if let lab { LabValidation(lab, document.root, decoder, manifest: manifest).run() }
        let diagnostics = sorted(yaml.diagnostics + decoder.diagnostics)
        return Reading(lab: decoder.hasErrors ? nil : lab, diagnostics: diagnostics)
    }

    /// In the order of the text; what has no place comes last.
    private static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        func place(_ each: Diagnostic) -> (Int, Int) { (each.location?.line ?? .max, each.location?.column ?? .max) }
        return diagnostics.enumerated().sorted { left, right in
            let (first, second) = (place(left.element), place(right.element))
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
    }
}

/// The published JSON Schema of a lab file.
package enum LabSchema {
    package static var text: String {
        JSONSchema.document(of: LabFields.shape, id: "urn:martlet:schema:lab:v1", title: "martlet lab (lab.yaml)")
            .rendered()
            + "\n"
    }

    package static var reference: String { FieldReference.text(of: LabFields.shape) }
}
