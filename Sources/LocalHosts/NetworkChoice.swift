import Diagnostics
import Foundation

/// Finds a network for a fleet that nothing else on this machine uses.
enum NetworkChoice {
    /// Ranges that a cluster on the hosts uses by default; hosts must not sit inside them.
    static let reserved = ["10.244.0.0/16", "10.96.0.0/12"].compactMap { IPv4Network($0) }

    /// The first /24 from 10.66.1.0 to 10.95.254.0 that overlaps nothing in `taken`.
    static func choose(taken: [IPv4Network]) throws -> IPv4Network {
        for second in 66...95 {
            for third in 1...254 {
                let candidate = IPv4Network(address: 10 << 24 | UInt32(second) << 16 | UInt32(third) << 8, prefix: 24)
                if !taken.contains(where: candidate.overlaps) { return candidate }
            }
        }
        throw Diagnostic(
            code: "hosts.no-network", "no /24 between 10.66.1.0 and 10.95.254.0 is free on this machine",
            detail: "routes: \(taken.map(\.description).joined(separator: ", "))",
            hint: "name one yourself with --network 10.X.Y.0/24")
    }

    /// Checks a network that the user named.
    static func check(_ text: String, taken: [IPv4Network]) throws -> IPv4Network {
        guard let network = IPv4Network(text), network.prefix == 24, network.octets[0] == 10,
            network.description == text
        else {
            throw Diagnostic(
                code: "hosts.invalid-network", "\(text) is not a network of the form 10.X.Y.0/24", exitCode: .usage)
        }
        if let other = (taken + reserved).first(where: network.overlaps) {
            throw Diagnostic(
                code: "hosts.no-network", "\(text) overlaps \(other)", hint: "choose another, or leave --network out",
                exitCode: .usage)
        }
        return network
    }

    /// Destinations of all IPv4 routes but the default ones.
    static func routes() async throws -> [IPv4Network] {
        try parse(routes: try await LocalProgram.run("ip", ["-json", "-4", "route", "show", "table", "all"]))
    }

    /// Parses `ip -json -4 route show table all`.
    static func parse(routes text: String) throws -> [IPv4Network] {
        struct Route: Decodable { var dst: String }
        let routes = try JSONDecoder().decode([Route].self, from: Data(text.utf8))
        return routes.compactMap { IPv4Network($0.dst) }.filter { $0.prefix > 0 }
    }
}
