internal import ConfigTree

/// The published JSON Schema of a cluster spec; the same fields that the reader reads.
package enum SpecSchema {
    package static let id = "urn:martlet:schema:cluster:v1"

    package static let title = "martlet cluster spec (\(SpecFields.apiVersionText))"

    /// The file's content, ending with a line feed.
    package static var text: String {
        JSONSchema.document(of: SpecFields.shape, id: id, title: title).rendered() + "\n"
    }

    /// The fields as text for people.
    package static var reference: String { FieldReference.text(of: SpecFields.shape) }
}
