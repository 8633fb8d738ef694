internal import ConfigTree
internal import Diagnostics
package import KubernetesAPI
internal import YAMLDocument

/// Objects in a file of a lab.
package enum LabManifest {
    /// As written, with variables; throws `Diagnostics` if it is no YAML of objects.
    package static func load(_ file: String, folder: String) throws -> [JSONValue] {
        let path = "\(folder)/\(file)"
        let documents = try YAMLReader.documents(try YAMLFile.bytes(at: path, limit: 1 << 20), file: path)
        return documents.flatMap { document -> [JSONValue] in
            let value = NodeValue.json(document.root)
            return value["kind"]?.string == "List" ? value["items"]?.array ?? [] : [value]
        }
    }
}
