/// What a command in a container did.
package struct ExecResult: Sendable, Hashable {
    package var output: [UInt8]
    package var errors: [UInt8]
    /// 0 to 255.
    package var exitStatus: Int
    /// More came than was kept.
    package var isCut: Bool

    package init(output: [UInt8], errors: [UInt8], exitStatus: Int, isCut: Bool = false) {
        self.output = output
        self.errors = errors
        self.exitStatus = exitStatus
        self.isCut = isCut
    }

    package var text: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: errors, as: UTF8.self) }
}
