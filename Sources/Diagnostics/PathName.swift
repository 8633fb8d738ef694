/// Paths as text, without a look at the disk.
///
/// Foundation's `deletingLastPathComponent` stops the program at a path of one character.
package enum PathName {
    /// The folder that holds what a path names, as dirname(1) prints it: `.` for a bare name.
    package static func folder(of path: String) -> String {
        let name = trimmed(path[...])
        guard let slash = name.lastIndex(of: "/") else { return path.first == "/" ? "/" : "." }
        let folder = trimmed(name[..<slash])
        return folder.isEmpty ? "/" : String(folder)
    }

    /// The path of a file with another name in the same folder; a bare name stays one.
    package static func beside(_ path: String, _ name: String) -> String {
        let folder = folder(of: path)
        switch folder {
        case ".": return name
        case "/": return "/" + name
        default: return folder + "/" + name
        }
    }

    private static func trimmed(_ path: Substring) -> Substring {
        var path = path
        while path.last == "/" { path.removeLast() }
        return path
    }
}
