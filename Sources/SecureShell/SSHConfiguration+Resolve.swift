extension SSHConfiguration {
    /// What the configuration says about a host, under the name that the user typed.
    package func options(for alias: String, user: LocalUser) -> Options {
        var found = Options()
        var identities: [String] = []
        for directive in directives where applies(directive, alias: alias, hostName: found.hostName) {
            guard let first = directive.arguments.first else { continue }
            if directive.keyword == "identityfile" {
                identities.append(first)
            } else {
                found.set(directive, alias: alias)
            }
        }
        let tokens = Tokens(alias: alias, options: found, user: user)
        if let files = found.userKnownHostsFiles {
            found.userKnownHostsFiles = files == ["none"] ? [] : files.map(tokens.path)
        }
        found.identityAgent = found.identityAgent.map(tokens.path)
        for file in identities {
            if file.lowercased() == "none" {
                found.identityFiles = []
            } else {
                found.identityFiles.append(tokens.path(file))
            }
        }
        return found
    }

    private func applies(_ directive: Directive, alias: String, hostName: String?) -> Bool {
        directive.conditions.allSatisfy { condition in
            switch condition {
            case .always: true
            case .never: false
            case .host(let patterns): Pattern.listMatches(patterns, alias)
            case .matchHost(let patterns): Pattern.listMatches(patterns, (hostName ?? alias).lowercased())
            }
        }
    }
}

extension SSHConfiguration.Options {
    /// Takes a value over unless there is one.
    fileprivate mutating func set(_ directive: SSHConfiguration.Directive, alias: String) {
        guard let value = directive.arguments.first else { return }
        switch directive.keyword {
        case "hostname": hostName = hostName ?? SSHConfiguration.Tokens.replace(value, ["h": alias])
        case "user": user = user ?? value
        case "port": port = port ?? UInt16(value)
        case "identitiesonly": identitiesOnly = identitiesOnly ?? Self.isYes(value)
        case "identityagent": identityAgent = identityAgent ?? value
        case "proxyjump":
            proxyJump = proxyJump ?? (value.lowercased() == "none" ? [] : value.split(separator: ",").map(String.init))
        case "userknownhostsfile": userKnownHostsFiles = userKnownHostsFiles ?? directive.arguments
        case "stricthostkeychecking":
            strictHostKeyChecking =
                strictHostKeyChecking
                ?? {
                    switch value.lowercased() {
                    case "accept-new": .acceptNew
                    case "no", "off": .no
                    default: .yes
                    }
                }()
        case "connecttimeout": connectTimeout = connectTimeout ?? Int64(value).map { .seconds($0) }
        default: break
        }
    }

    private static func isYes(_ value: String) -> Bool { ["yes", "true"].contains(value.lowercased()) }
}

extension SSHConfiguration {
    /// `%` tokens and `~`.
    struct Tokens {
        private let values: [Character: String]
        private let home: String

        init(alias: String, options: Options, user: LocalUser) {
            values = [
                "h": options.hostName ?? alias, "n": alias, "u": user.name, "d": user.home,
                "r": options.user ?? user.name, "p": String(options.port ?? 22),
            ]
            home = user.home
        }

        func path(_ text: String) -> String {
            let text = Self.replace(text, values)
            if text == "~" { return home }
            return text.hasPrefix("~/") ? home + text.dropFirst() : text
        }

        /// `%%` is a percent sign; an unknown token stays as it is.
        static func replace(_ text: String, _ values: [Character: String]) -> String {
            var result = ""
            var rest = text[...]
            while let character = rest.popFirst() {
                guard character == "%", let token = rest.popFirst() else {
                    result.append(character)
                    continue
                }
                result += token == "%" ? "%" : values[token] ?? "%\(token)"
            }
            return result
        }
    }

    /// A jump host as `ProxyJump` writes it: `[user@]host[:port]`, also with brackets around the host, or as an `ssh://` URI.
    struct Jump: Sendable, Equatable {
        var user: String?
        var host: String
        var port: UInt16?

        init?(_ text: String) {
            var rest = text[...]
            if rest.hasPrefix("ssh://") { rest = rest.dropFirst(6) }
            if let at = rest.lastIndex(of: "@") {
                user = String(rest[..<at])
                rest = rest[rest.index(after: at)...]
            }
            if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
                host = String(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
                guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
                rest = rest.dropFirst()
            } else {
                let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
                // More than one colon without brackets: an IPv6 address.
                host = String(parts.count == 2 ? parts[0] : rest)
                rest = parts.count == 2 ? parts[1] : ""
            }
            if !rest.isEmpty {
                guard let number = UInt16(rest), number > 0 else { return nil }
                port = number
            }
            guard !host.isEmpty, user != "" else { return nil }
        }
    }
}
