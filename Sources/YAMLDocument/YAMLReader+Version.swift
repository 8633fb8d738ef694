internal import CLibYAML

extension YAMLReader {
    /// Version of libyaml, for example `0.2.5`.
    package static var libraryVersion: String { String(cString: yaml_get_version_string()) }
}
