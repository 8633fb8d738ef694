import Diagnostics
import Glibc

/// Becomes `ssh` to a host, with the fleet's keys and configuration.
package enum FleetShell {
    /// The command line; `command` is given to ssh as it is.
    static func arguments(_ target: FleetTarget, store: FleetStore, command: [String]) -> [String] {
        let host = target.hosts?.sorted().first ?? ""
        return ["ssh", "-F", store.folder(target.fleet).sshConfiguration, host]
            + (command.isEmpty ? [] : ["--"] + command)
    }

    /// Replaces this process.
    ///
    /// Returns only by throwing.
    package static func become(_ target: FleetTarget, store: FleetStore, command: [String]) throws -> Never {
        guard let path = LocalProgram.find("ssh") else { throw Prerequisites.missing(["ssh"]) }
        var pointers: [UnsafeMutablePointer<CChar>?] =
            arguments(target, store: store, command: command).map { strdup($0) } + [nil]
        execv(path, &pointers)
        throw SystemCall.failure("execv", on: path)
    }
}
