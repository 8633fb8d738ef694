/// Source text of a function: one file, or a folder with a file that is called.
package struct SourcePackage: Sendable, Hashable {
    package struct File: Sendable, Hashable {
        /// Below the folder, with slashes.
        package var path: String
        package var bytes: [UInt8]

        package init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }

    /// Sorted by path; never empty.
    package var files: [File]
    /// Path of the file whose function is called.
    package var main: String
    package var isFolder: Bool

    package init(files: [File], main: String, isFolder: Bool) {
        self.files = files.sorted { $0.path < $1.path }
        self.main = main
        self.isFolder = isFolder
    }

    package var size: Int { files.reduce(0) { $0 + $1.bytes.count } }
    package var mainBytes: [UInt8] { files.first { $0.path == main }?.bytes ?? [] }
    package var mainText: String { String(decoding: mainBytes, as: UTF8.self) }

    /// `handler` of `src/handler.py`.
    package var module: String {
        let name = main.split(separator: "/").last ?? ""
        return String(name.split(separator: ".", maxSplits: 1).first ?? "")
    }

    /// `py`; empty without one.
    package var ending: String {
        let name = main.split(separator: "/").last ?? ""
        return name.contains(".") ? String(name.split(separator: ".").last ?? "") : ""
    }
}
