package import ConfigTree

/// The kinds of text that a spec knows.
///
/// Patterns are for editors; the checks decide, and a test holds both together.
package enum SpecFormats {
    package static let dnsLabel = TextFormat("a DNS label", pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$") { text in
        let first = String(text.prefix { $0 != "." })
        let isName = first != text && labelFault(first, limit: 63) == nil && dnsNameFault(text) == nil
        return isName ? "it has dots, and a label has none: write `\(first)`" : labelFault(text, limit: 63)
    }

    package static let dnsName = TextFormat("a DNS name", pattern: "^\(namePattern)$") { text in dnsNameFault(text) }

    static let address = TextFormat(
        "an IP address or a DNS name", pattern: "^(\(namePattern)|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$"
    ) { text in
        if IPv4Address(text) != nil || isIPv6(text) { return nil }
        return looksNumeric(text)
            ? "an IPv4 address has four numbers from 0 to 255 without leading zeros" : dnsNameFault(text)
    }

    /// `hosts[].address`: what people write around an address has a field of its own.
    static let hostAddress = TextFormat(address.noun, pattern: address.pattern) { text in
        address.check(text).map { fault in
            if text.contains("://") { return "it is written without `\(text.prefix { $0 != "/" })//`" }
            if text.contains("@") { return "the user is written as `ssh.user`" }
            if text.contains("%") { return "an address with a zone (`%`) means something on this machine only" }
            if text.contains("/") { return "it is written without the length of its network" }
            return hasPort(text) ? "the port is written as `ssh.port`" : fault
        }
    }

    /// A name in a certificate: kubeadm takes `*.example.com`, too (cmd/kubeadm/app/apis/kubeadm/validation,
    /// ValidateCertSANs).
    static let certificateName = TextFormat(
        "an IP address or a DNS name", pattern: "^((\\*\\.)?\(namePattern)|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$"
    ) { text in
        if text.hasPrefix("*.") { return dnsNameFault(String(text.dropFirst(2))) }
        return address.check(text).map { hasPort(text) ? "it is written without a port" : $0 }
    }

    static let nameOrIPv4 = TextFormat("an IPv4 address or a DNS name", pattern: "^\(namePattern)$") { text in
        if IPv4Address(text) != nil { return nil }
        if isIPv6(text) { return onlyIPv4 }
        if text.contains("://") { return "it is written without `\(text.prefix { $0 != "/" })//`" }
        if hasPort(text) { return "the port is written as `endpoint.port`" }
        return looksNumeric(text)
            ? "an IPv4 address has four numbers from 0 to 255 without leading zeros" : dnsNameFault(text)
    }

    static let ipv4 = TextFormat("an IPv4 address", pattern: "^\(ipv4Pattern)$") { text in
        if IPv4Address(text) != nil { return nil }
        return isIPv6(text) ? onlyIPv4 : "an IPv4 address has four numbers from 0 to 255 without leading zeros"
    }

    private static let onlyIPv4 = "nodes, pods and services have IPv4 addresses; IPv6 and dual stack are not supported"

    /// `10.0.0.1:22`, `host:22`.
    private static func hasPort(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[1].isEmpty && parts[1].utf8.allSatisfy(isDigit)
    }

    static let network = TextFormat("an IPv4 network in CIDR notation", pattern: "^\(ipv4Pattern)/(3[0-2]|[12]?[0-9])$")
    {
        text in
        if IPv4Network(text) != nil { return nil }
        if isIPv6(String(text.prefix { $0 != "/" })) || text.contains(",") { return onlyIPv4 }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = IPv4Address(parts[0]), let prefix = Int(parts[1]), (0...32).contains(prefix)
        else {
            return "it is written like 10.244.0.0/16"
        }
        let mask = prefix == 0 ? 0 : UInt32.max << UInt32(32 - prefix)
        return "bits of the host part are set; the network is \(IPv4Address(value: base.value & mask))/\(prefix)"
    }

    static let kubernetesVersion = TextFormat(
        "a Kubernetes version such as v1.20.2",
        pattern: "^v?[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}(-[0-9A-Za-z.-]+)?$"
    ) { text in
        guard let version = KubernetesVersion(text) else {
            if let plus = text.firstIndex(of: "+"), KubernetesVersion(text[..<plus]) != nil {
                return "kubeadm installs Kubernetes' own releases, and `\(text[plus...])` is another distribution's"
            }
            let parts = text.split(separator: ".")
            let isMinor = parts.count == 2 && KubernetesVersion(text + ".0") != nil
            return isMinor
                ? "a minor version names no release; add the patch number, for example \(text).0"
                : "it has three numbers, v1.MINOR.PATCH"
        }
        let isWord = version.preRelease.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E }
        return isWord ? nil : "a pre-release has letters, digits, dots and dashes only"
    }

    /// `v1.5.1`: versions of things beside Kubernetes.
    static let version = TextFormat(
        "a version such as v1.5.1", pattern: "^v[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?$"
    ) {
        text in
        guard text.hasPrefix("v") else { return "it begins with a v" }
        return kubernetesVersion.check(text) == nil ? nil : "it has three numbers, vMAJOR.MINOR.PATCH"
    }

    static let httpsURL = TextFormat("an https URL", pattern: "^https://[A-Za-z0-9\\[][^\\s]*$") { text in
        httpsFault(text)
    }

    static let fileOrURL = TextFormat(
        "a file or an https URL", pattern: "^(https://[A-Za-z0-9\\[][^\\s]*|(?!http://)[\\s\\S]+)$"
    ) {
        text in
        if text.hasPrefix("https://") { return httpsFault(text) }
        if text.hasPrefix("http://") { return "plain http is not allowed: anybody on the way can change what arrives" }
        return localPath.check(text)
    }

    /// A path on this machine: no shell reads it, so nothing but `~` is filled in.
    static let localPath = TextFormat("a path on this machine", pattern: "^[\\s\\S]+$") { text in
        if text.isEmpty { return "it is empty" }
        if text.contains("://") { return "it is a URL" }
        if text.hasPrefix("~"), text != "~", !text.hasPrefix("~/") {
            return "`~` is your own home folder; the one of another user is written in full"
        }
        return namesVariable(text) ? "environment variables are not filled in; `~` is your home folder" : nil
    }

    /// `$HOME/x`, `${HOME}/x`.
    private static func namesVariable(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return zip(bytes, bytes.dropFirst()).contains { dollar, next in
            dollar == UInt8(ascii: "$") && (next == UInt8(ascii: "{") || isAlphanumeric(next) || next == 0x5F)
        }
    }

    package static let sha256 = TextFormat("a SHA-256 sum in hexadecimal", pattern: "^[0-9a-f]{64}$") { text in
        guard text.utf8.count == 64 else { return "it has \(text.utf8.count) characters, and 64 are needed" }
        let isHexadecimal = text.utf8.allSatisfy { isDigit($0) || $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "f") }
        return isHexadecimal ? nil : "it has characters other than 0-9 and a-f"
    }

    static let hostKey = TextFormat(
        "a host key's fingerprint as `ssh-keygen -l` prints it", pattern: "^SHA256:[A-Za-z0-9+/]{43}=?$"
    ) { text in
        guard text.hasPrefix("SHA256:") else { return "it begins with `SHA256:`" }
        let sum = text.utf8.dropFirst(7)
        let body = sum.last == UInt8(ascii: "=") ? sum.dropLast() : sum
        let isRight = body.count == 43 && body.allSatisfy { isAlphanumeric($0) || $0 == 0x2B || $0 == 0x2F }
        return isRight ? nil : "43 characters of base64 follow `SHA256:`"
    }

    /// Keys of labels and taints: an optional DNS name, a slash, a name of at most 63 characters.
    static let qualifiedName = TextFormat(
        "a label key", pattern: "^(\(namePattern)/)?\(labelValuePattern)$"
    ) { text in
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, let fault = dnsNameFault(String(parts[0])) { return "before the slash: \(fault)" }
        let name = String(parts[parts.count - 1])
        return name.isEmpty ? "the name is empty" : labelValueFault(name)
    }

    static let labelValue = TextFormat("a label value", pattern: "^(\(labelValuePattern))?$") { text in
        text.isEmpty ? nil : labelValueFault(text)
    }

    static let user = TextFormat("a user name", pattern: "^[A-Za-z0-9_][^\\s@:/]*$") { text in
        guard !namesVariable(text) else { return "environment variables are not filled in" }
        guard let first = text.utf8.first, isAlphanumeric(first) || first == 0x5F else {
            return "it begins with a letter, a digit or an underscore"
        }
        return text.unicodeScalars.contains { $0.properties.isWhitespace || $0 == "@" || $0 == ":" || $0 == "/" }
            ? "it holds a space or one of @ : /" : nil
    }

    static let jump = TextFormat(
        "jump hosts such as admin@bastion:22", pattern: "^[^\\s,/]+(,[^\\s,/]+)*$"
    ) { text in
        if text == "none" { return nil }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if let fault = jumpFault(part) { return fault }
        }
        return nil
    }

    static let interface = TextFormat("the name of a network interface", pattern: "^[^\\s/:]{1,15}$") { text in
        guard (1...15).contains(text.utf8.count) else { return "it has 1 to 15 characters" }
        return text.unicodeScalars.contains { $0.properties.isWhitespace || $0 == "/" || $0 == ":" }
            ? "it holds a space, a slash or a colon" : nil
    }

    static let environmentName = TextFormat("the name of an environment variable", pattern: "^[A-Za-z_][A-Za-z0-9_]*$")
    {
        text in
        guard let first = text.utf8.first, !isDigit(first) else { return "it begins with a letter or an underscore" }
        return text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x5F }
            ? nil : "it has letters, digits and underscores"
    }

    /// Registry and path without scheme, tag or digest.
    static let repository = TextFormat(
        "a registry and path such as registry.example/k8s", pattern: "^[a-z0-9][-a-z0-9._:]*(/[a-z0-9][-a-z0-9._]*)*$"
    ) { text in
        if text.contains("://") { return "it is written without `https://`" }
        for (position, part) in text.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
            let isRight = part.utf8.allSatisfy {
                isLowercaseAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F || position == 0 && $0 == 0x3A
            }
            guard let first = part.utf8.first, isLowercaseAlphanumeric(first), isRight else {
                return "its parts are lower-case letters, digits, dots, dashes and underscores, without a tag"
            }
        }
        return nil
    }

    /// Keys of `images.mirrors`: a registry's host, perhaps with a port.
    static let registryHost = TextFormat("a registry's host", pattern: "^(\(namePattern)(:[0-9]{1,5})?|_default)$") {
        text in
        if text == "_default" { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let port = Int(parts[1]), (1...65535).contains(port) else {
                return "a port is a number from 1 to 65535"
            }
        }
        return dnsNameFault(String(parts[0]))
    }

    package static let image = TextFormat(
        "an image reference",
        pattern: "^[a-z0-9][-a-z0-9._:]*(/[a-z0-9][-a-z0-9._]*)*(:[A-Za-z0-9_][-A-Za-z0-9._]*)?(@sha256:[0-9a-f]{64})?$"
    ) { text in
        let digest = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        if digest.count == 2 {
            guard digest[1].hasPrefix("sha256:"), sha256.check(String(digest[1].dropFirst(7))) == nil else {
                return "behind the @ stands `sha256:` and 64 hexadecimal digits"
            }
        }
        let parts = digest[0].split(separator: "/", omittingEmptySubsequences: false)
        let last = parts[parts.count - 1]
        let tag = last.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if tag.count == 2 {
            guard let first = tag[1].utf8.first, isAlphanumeric(first) || first == 0x5F,
                tag[1].utf8.allSatisfy({ isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F })
            else { return "a tag has letters, digits, dots, dashes and underscores" }
        }
        return repository.check((parts.dropLast() + [tag[0]]).joined(separator: "/"))
    }

    /// A kubeadm preflight check's name; it does not care about the case.
    static let preflightCheck = TextFormat(
        "the name of a kubeadm preflight check", pattern: "^(?![aA][lL][lL]$)[A-Za-z][-A-Za-z0-9./_]*$"
    ) { text in
        if text.lowercased() == "all" {
            return "`all` would also ignore what makes the cluster fail later; name the checks"
        }
        guard let first = text.utf8.first, isAlphanumeric(first), !isDigit(first) else {
            return "it begins with a letter"
        }
        let isRight = text.utf8.allSatisfy {
            isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x2F || $0 == 0x5F
        }
        return isRight ? nil : "it has letters, digits and dashes, for example NumCPU"
    }

    /// A component's flag without its leading dashes.
    static let flag = TextFormat("a flag without leading dashes", pattern: "^[a-z][a-z0-9-]*$") { text in
        if text.hasPrefix("-") { return "it is written without leading dashes" }
        guard let first = text.utf8.first, first >= 0x61, first <= 0x7A else {
            return "it begins with a lower-case letter"
        }
        return text.utf8.allSatisfy { isLowercaseAlphanumeric($0) || $0 == 0x2D }
            ? nil : "flags have lower-case letters, digits and dashes"
    }

    // MARK: - Parts

    private static let ipv4Part = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    static let ipv4Pattern = "\(ipv4Part)(\\.\(ipv4Part)){3}"
    static let namePattern = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*"
    private static let labelValuePattern = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"

    static func labelFault(_ text: String, limit: Int) -> String? {
        guard let first = text.utf8.first, let last = text.utf8.last else { return "it is empty" }
        guard text.utf8.count <= limit else { return "it has \(text.utf8.count) characters, and \(limit) are allowed" }
        if text.utf8.contains(where: { $0 >= 0x41 && $0 <= 0x5A }) { return "it has capital letters" }
        guard text.utf8.allSatisfy({ isLowercaseAlphanumeric($0) || $0 == 0x2D }) else {
            return "it has characters other than a-z, 0-9 and `-`"
        }
        return isLowercaseAlphanumeric(first) && isLowercaseAlphanumeric(last) ? nil : "it begins or ends with a dash"
    }

    static func dnsNameFault(_ text: String) -> String? {
        guard text.utf8.count <= 253 else { return "it has \(text.utf8.count) characters, and 253 are allowed" }
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            if part.isEmpty { return text.isEmpty ? "it is empty" : "it has an empty part between dots" }
            if let fault = labelFault(String(part), limit: 63) { return fault }
        }
        return nil
    }

    private static func labelValueFault(_ text: String) -> String? {
        guard let first = text.utf8.first, let last = text.utf8.last else { return nil }
        guard text.utf8.count <= 63 else { return "it has \(text.utf8.count) characters, and 63 are allowed" }
        guard text.utf8.allSatisfy({ isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E }) else {
            return "it has characters other than letters, digits, `-`, `_` and `.`"
        }
        return isAlphanumeric(first) && isAlphanumeric(last) ? nil : "it does not begin and end with a letter or digit"
    }

    private static func httpsFault(_ text: String) -> String? {
        guard text.hasPrefix("https://") else {
            return text.hasPrefix("http://")
                ? "plain http is not allowed: anybody on the way can change what arrives" : "it begins with `https://`"
        }
        guard let first = text.utf8.dropFirst(8).first, isAlphanumeric(first) || first == UInt8(ascii: "[") else {
            return "the host is missing"
        }
        return text.unicodeScalars.contains { $0.properties.isWhitespace } ? "it holds a space" : nil
    }

    private static func jumpFault(_ text: Substring) -> String? {
        var rest = text
        if let at = rest.lastIndex(of: "@") {
            if let fault = user.check(String(rest[..<at])) { return "the user of `\(text)`: \(fault)" }
            rest = rest[rest.index(after: at)...]
        }
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            let inside = String(rest[rest.index(after: rest.startIndex)..<end])
            guard isIPv6(inside) else { return "`[\(inside)]` is no IPv6 address" }
            rest = "host" + rest[rest.index(after: end)...]
        }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let host = parts.first else { return "`\(text)` is not [user@]host[:port]" }
        if parts.count == 2 {
            guard let port = Int(parts[1]), (1...65535).contains(port) else {
                return "the port of `\(text)` is no port"
            }
        }
        return dnsNameFault(host.lowercased()).map { "the host of `\(text)`: \($0)" }
    }

    /// Digits and dots only: meant as an IPv4 address, and no name on the internet.
    private static func looksNumeric(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isDigit($0) || $0 == 0x2E }
    }

    /// Groups of hexadecimal digits with one `::` at most, perhaps an IPv4 address at the end.
    static func isIPv6(_ text: String) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard text.contains(":"), halves.count <= 2, !text.contains(":::") else { return false }
        var groups = 0
        for (position, half) in halves.enumerated() where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                if position == halves.count - 1, index == parts.count - 1, IPv4Address(part) != nil {
                    groups += 2
                    continue
                }
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ isDigit($0) || isHexLetter($0) }) else {
                    return false
                }
                groups += 1
            }
        }
        return halves.count == 2 ? groups <= 7 : groups == 8
    }

    private static func isHexLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "f")
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func isLowercaseAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
    }
}
