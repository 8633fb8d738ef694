/// A machine architecture by the name that Kubernetes releases use.
package enum Architecture: String, Sendable, Hashable, Codable, CaseIterable {
    case amd64
    case arm64
    case arm
    case ppc64le
    case riscv64
    case s390x

    /// From what `uname -m` prints; nil if Kubernetes is not released for it.
    package init?(machine: String) {
        switch machine {
        case "x86_64", "amd64": self = .amd64
        case "aarch64", "arm64": self = .arm64
        case "armv7l", "armv6l", "armv8l": self = .arm
        case "ppc64le": self = .ppc64le
        case "riscv64": self = .riscv64
        case "s390x": self = .s390x
        default: return nil
        }
    }

    /// `e_machine` of an ELF header for this architecture.
    package var elfMachine: UInt16 {
        switch self {
        case .amd64: 62
        case .arm64: 183
        case .arm: 40
        case .ppc64le: 21
        case .riscv64: 243
        case .s390x: 22
        }
    }
}
