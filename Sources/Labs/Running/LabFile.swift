internal import Diagnostics
internal import YAMLDocument

/// Files that a lab brings along.
package enum LabFile {
    /// The text as written; nil if it cannot be read.
    package static func text(_ file: String, of lab: Lab) -> String? {
        guard let bytes = try? YAMLFile.bytes(at: "\(lab.origin.folder)/\(file)", limit: 1 << 20) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
