internal import Diagnostics
internal import Foundation

/// Finds `labs/` and `manifests/`: the environment, beside an installed program, the checkout.
struct AssetLocator {
    /// In this order; the first that holds the asked folder counts.
    var folders: [String]

    static let variable = "MARTLET_ASSETS"

    static var standard: AssetLocator {
        var folders: [String] = []
        if let named = ProcessInfo.processInfo.environment[variable], !named.isEmpty { folders.append(named) }
        let program =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let directory = PathName.folder(of: program)
        folders.append((directory + "/../share/martlet" as NSString).standardizingPath)
        // A program that lies in a checkout's .build: go up to the folder with Package.swift.
        var parent = directory
        while parent.count > 1 {
            if FileManager.default.fileExists(atPath: parent + "/Package.swift") {
                folders.append(parent)
                break
            }
            parent = PathName.folder(of: parent)
        }
        return AssetLocator(folders: folders)
    }

    /// - Returns: the folder of that name, or a diagnostic that lists where it was looked for.
    func find(_ name: String) -> Result<String, Diagnostic> {
        for folder in folders {
            var isFolder: ObjCBool = false
            let path = folder + "/" + name
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
                return .success(path)
            }
        }
        return .failure(
            Diagnostic(
                code: "assets.missing", "the folder \(name) is nowhere to be found",
                detail: "looked in \(folders.joined(separator: ", "))",
                hint: "set \(Self.variable) to the folder that holds labs and manifests", exitCode: .lacking))
    }
}
