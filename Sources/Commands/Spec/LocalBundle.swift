internal import Foundation

/// What can be said of a bundle at a glance; `martlet bundle verify` reads all of it.
enum LocalBundle: Hashable {
    case missing
    /// A tar; its manifest is read when it is needed.
    case archive
    case version(String)
    /// A folder without a readable manifest.
    case faulty(String)

    private struct Manifest: Decodable {
        var kubernetesVersion: String
    }

    static func look(at path: String) -> LocalBundle {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return .missing }
        guard isFolder.boolValue else { return .archive }
        guard let data = FileManager.default.contents(atPath: path + "/bundle.json") else {
            return .faulty("it holds no bundle.json that can be read")
        }
        guard let manifest = try? JSONDecoder().decode(Manifest.self, from: data) else {
            return .faulty("its bundle.json names no kubernetesVersion")
        }
        return .version(manifest.kubernetesVersion)
    }
}
