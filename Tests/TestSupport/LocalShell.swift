internal import Foundation

/// Scripts in the shells of this machine.
package enum LocalShell {
    /// The shells that hosts have as `/bin/sh`; those that this machine lacks are left out.
    package static let all = ["/bin/sh", "/bin/dash", "/bin/bash"].filter {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Runs a script to its end.
    ///
    /// The script is a file, as it is longer than what may be an argument.
    package static func run(
        _ script: String, _ arguments: [String] = [], input: String = "", shell: String = "/bin/sh",
        environment: [String: String] = [:], isAlone: Bool = false
    ) throws -> Outcome {
        let folder = try Scratch("script")
        return try Running.run(
            shell, [try folder.write("script", script)] + arguments, environment: environment, isAlone: isAlone,
            input: input.isEmpty ? .nothing : .text(input))
    }
}
