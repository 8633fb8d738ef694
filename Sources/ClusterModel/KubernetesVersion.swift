/// A released Kubernetes version, `v1.20.2`; pre-releases are kept and sort below their release.
package struct KubernetesVersion: Sendable, Hashable, Comparable, CustomStringConvertible, Codable {
    package var major: Int
    package var minor: Int
    package var patch: Int
    /// `rc.1` of `v1.31.0-rc.1`; empty for a release.
    package var preRelease: String

    package init(_ major: Int, _ minor: Int, _ patch: Int, preRelease: String = "") {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.preRelease = preRelease
    }

    /// Reads `v1.20.2` or `1.20.2`, with an optional pre-release; nil if it is anything else (`1.20` names no release).
    package init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        if rest.hasPrefix("v") { rest = rest.dropFirst() }
        var preRelease = ""
        if let dash = rest.firstIndex(of: "-") {
            preRelease = String(rest[rest.index(after: dash)...])
            rest = rest[..<dash]
            guard !preRelease.isEmpty else { return nil }
        }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let numbers = parts.compactMap { part -> Int? in
            part.allSatisfy { $0.isASCII && $0.isNumber } && !part.isEmpty ? Int(part) : nil
        }
        guard numbers.count == 3 else { return nil }
        self.init(numbers[0], numbers[1], numbers[2], preRelease: preRelease)
    }

    /// With the leading `v`, as release files, image tags and kubeadm write it.
    package var description: String {
        "v\(major).\(minor).\(patch)" + (preRelease.isEmpty ? "" : "-\(preRelease)")
    }

    package func isAtLeast(_ major: Int, _ minor: Int) -> Bool { (self.major, self.minor) >= (major, minor) }

    package static func < (left: KubernetesVersion, right: KubernetesVersion) -> Bool {
        let leftNumbers = (left.major, left.minor, left.patch)
        let rightNumbers = (right.major, right.minor, right.patch)
        guard leftNumbers == rightNumbers else { return leftNumbers < rightNumbers }
        switch (left.preRelease.isEmpty, right.preRelease.isEmpty) {
        case (true, true), (true, false): return false
        case (false, true): return true
        case (false, false): return left.preRelease < right.preRelease
        }
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let version = KubernetesVersion(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(text) is not a Kubernetes version"))
        }
        self = version
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
