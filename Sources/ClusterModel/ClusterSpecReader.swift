package import ConfigTree
package import Diagnostics
import YAMLDocument

/// From the text of a spec to a `ClusterSpec`, or to everything that is wrong with it.
package enum ClusterSpecReader {
    /// What came out: `spec` is nil exactly when there are errors.
    package struct Reading: Sendable {
        package var spec: ClusterSpec?
        /// Where each field is written; nil when the text is no YAML.
        package var source: SourceMap?
        /// Errors and warnings in the order of the text.
        package var diagnostics: [Diagnostic]

        package var hasErrors: Bool { spec == nil }
    }

    /// Where relative paths begin.
    ///
    /// Nothing is looked up on the disk.
    package struct Context: Sendable {
        /// The spec's folder.
        package var folder: String
        /// What `~` stands for; nil leaves it as it is.
        package var home: String?

        package init(folder: String, home: String? = nil) {
            self.folder = folder
            self.home = home
        }

        /// The folder of a file path: `.` for a bare name.
        package init(specPath: String, home: String? = nil) {
            self.init(folder: PathName.folder(of: specPath), home: home)
        }
    }

    /// Reads the file at `path` (`-` is standard input); throws when it cannot be opened.
    ///
    /// `home` is the user's home folder.
    package static func read(path: String, home: String?) throws(Diagnostic) -> Reading {
        let bytes = try YAMLFile.bytes(at: path)
        let name = path == "-" ? "standard input" : path
        return decode(bytes, file: name, context: Context(specPath: path == "-" ? "." : path, home: home))
    }

    /// The spec in the file at `path` and its warnings; throws `Diagnostics` when anything is wrong.
    package static func load(
        path: String, home: String?
    ) throws(Diagnostics) -> (spec: ClusterSpec, source: SourceMap, warnings: [Diagnostic]) {
        let reading: Reading
        do {
            reading = try read(path: path, home: home)
        } catch {
            throw Diagnostics([error])
        }
        guard let spec = reading.spec, let source = reading.source else { throw Diagnostics(reading.diagnostics) }
        return (spec, source, reading.diagnostics)
    }

    /// Decodes, defaults and validates `bytes`; `file` is the name for messages.
    ///
    /// Pure.
    package static func decode(_ bytes: [UInt8], file: String, context: Context) -> Reading {
        let yaml = YAMLReader().read(bytes, file: file)
        guard let document = yaml.documents.first else {
            return Reading(spec: nil, source: nil, diagnostics: yaml.diagnostics)
        }
        let decoder = ConfigDecoder(family: "spec")
        let source = SourceMap(document)
        guard !reportForeign(document.root, decoder), let partial = SpecFields.root.read(document.root, decoder) else {
            return Reading(spec: nil, source: source, diagnostics: sorted(yaml.diagnostics + decoder.diagnostics))
        }
        let minor = partial.kubernetes.flatMap { $0.version.major == 1 ? $0.version.minor : nil }
        let components = components(partial.components, minor: minor, decoder)
        let spec = spec(partial, components)
        SpecValidation(spec: spec, partial: partial, source: source, decoder: decoder).run()
        let isRight = !yaml.hasErrors && !decoder.hasErrors
        return Reading(
            spec: isRight ? resolved(spec, context) : nil, source: source,
            diagnostics: sorted(yaml.diagnostics + decoder.diagnostics + dropped(decoder, document)))
    }

    /// A file of something else: one error instead of one for each key.
    ///
    /// k0sctl, kind and the Cluster API call theirs a `Cluster`, too.
    private static func reportForeign(_ root: ConfigNode, _ decoder: ConfigDecoder) -> Bool {
        guard root.kind == .mapping, root.count > 0 else { return false }
        let detail = "a spec begins with `apiVersion: \(SpecFields.apiVersionText)` and `kind: Cluster`"
        if let version = root["apiVersion"], let kind = root["kind"], version.kind == .scalar, kind.kind == .scalar,
            !version.hasText(SpecFields.apiVersionText),
            !kind.hasText("Cluster") || isOfAnotherGroup(version.text)
        {
            decoder.report(
                "foreign", at: version,
                "this is no cluster spec: it describes a \(ConfigDecoder.shortened(kind.text)) of "
                    + ConfigDecoder.shortened(version.text), detail: detail, hint: "begin with `martlet init`")
            return true
        }
        guard
            root.entries.allSatisfy({ key, _ in
                !known.contains(key.text) && Suggestion.nearest(to: ConfigDecoder.shortened(key.text), in: known) == nil
            })
        else { return false }
        let names = root.entries.prefix(3).map { "`\(ConfigDecoder.shortened($0.key.text))`" }
        decoder.report(
            "foreign", at: root,
            "this is no cluster spec: it has \(names.joined(separator: ", ")), and no key of a spec",
            detail: detail, hint: "begin with `martlet init`")
        return true
    }

    private static let known: Set<String> =
        if case .record(let record) = SpecFields.shape { Set(record.fields.map(\.name)) } else { [] }

    /// `kind.x-k8s.io/v1alpha4` is, `martlet/v2` is not.
    private static func isOfAnotherGroup(_ version: String) -> Bool {
        let group = SpecFields.apiVersionText.prefix { $0 != "/" }
        return version.contains("/") && !version.hasPrefix(group + "/")
    }

    private static func components(
        _ partial: PartialComponents?, minor: Int?, _ decoder: ConfigDecoder
    ) -> Components {
        guard let partial else { return Components() }
        var components = partial.components
        if let node = partial.kubelet { components.kubelet = ComponentFields.kubelet.read(node, minor: minor, decoder) }
        if let node = partial.kubeProxy {
            components.kubeProxy = ComponentFields.kubeProxy.read(node, minor: minor, decoder)
        }
        return components
    }

    /// Fills in defaults.
    ///
    /// Of a faulty spec the result is good enough to look for more faults.
    private static func spec(_ partial: PartialSpec, _ components: Components) -> ClusterSpec {
        let hosts = partial.hosts.map { host in
            var spec = host.spec
            if let defaults = partial.ssh { spec.ssh = merged(spec.ssh, over: defaults) }
            return spec
        }
        let pools = partial.pools.map { pool in
            PoolSpec(
                name: pool.name, minimum: pool.minimum,
                maximum: pool.maximum ?? hosts.count { $0.pool == pool.name }, labels: pool.labels, taints: pool.taints)
        }
        let upstream = Kubernetes(
            driver: .kubeadm, version: KubernetesVersion(0, 0, 0), source: .upstream(Kubernetes.Upstream()))
        var kubernetes = partial.kubernetes ?? upstream
        if kubernetes.minikube?.profile.isEmpty == true { kubernetes.minikube?.profile = partial.name ?? "" }
        return ClusterSpec(
            name: partial.name ?? "", profile: partial.profile ?? (kubernetes.minikube == nil ? .production : .lab),
            kubernetes: kubernetes,
            endpoint: endpoint(partial.endpoint, hosts), network: partial.network ?? Network(),
            images: partial.images ?? Images(), packages: partial.packages ?? Packages(), components: components,
            hosts: hosts, pools: pools)
    }

    private static func endpoint(_ partial: PartialEndpoint?, _ hosts: [HostSpec]) -> Endpoint {
        let kind = partial?.kind ?? .host
        let first = hosts.first { $0.isControlPlane }?.internalAddress ?? ""
        return Endpoint(
            kind: kind, address: partial?.address ?? (kind == .host ? first : ""),
            port: partial?.port ?? (kind == .keepalived ? 8443 : 6443),
            virtualRouterID: partial?.virtualRouterID ?? 51, interface: partial?.interface)
    }

    private static func merged(_ host: SSHSettings, over defaults: SSHSettings) -> SSHSettings {
        SSHSettings(
            user: host.user ?? defaults.user, port: host.port ?? defaults.port,
            identityFile: host.identityFile ?? defaults.identityFile, hostKey: host.hostKey,
            knownHostsFile: host.knownHostsFile ?? defaults.knownHostsFile, jump: host.jump ?? defaults.jump,
            sudoPassword: host.sudoPassword ?? defaults.sudoPassword, passFiles: host.passFiles ?? defaults.passFiles)
    }

    private static func resolved(_ spec: ClusterSpec, _ context: Context) -> ClusterSpec {
        var spec = spec
        let pools = Dictionary(spec.pools.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        if !pools.isEmpty {
            for index in spec.hosts.indices {
                guard let pool = spec.hosts[index].pool.flatMap({ pools[$0] }) else { continue }
                spec.hosts[index] = pool.completed(spec.hosts[index])
            }
        }
        // Five thousand hosts share a handful of paths.
        var known: [String: String] = [:]
        func resolve(_ path: String) -> String {
            if let result = known[path] { return result }
            let result = SpecPath.resolve(path, context)
            known[path] = result
            return result
        }
        if case .bundle(let path) = spec.kubernetes.source { spec.kubernetes.source = .bundle(path: resolve(path)) }
        spec.kubernetes.minikube?.resolve(resolve)
        if case .manifest(let location, let sum) = spec.network.plugin, !location.hasPrefix("https://") {
            spec.network.plugin = .manifest(location: resolve(location), sha256: sum)
        }
        for index in spec.hosts.indices {
            if let path = spec.hosts[index].ssh.identityFile { spec.hosts[index].ssh.identityFile = resolve(path) }
            if let path = spec.hosts[index].ssh.knownHostsFile { spec.hosts[index].ssh.knownHostsFile = resolve(path) }
            if case .file(let path) = spec.hosts[index].ssh.sudoPassword {
                spec.hosts[index].ssh.sudoPassword = .file(resolve(path))
            }
        }
        return spec
    }

    private static func dropped(_ decoder: ConfigDecoder, _ document: ConfigDocument) -> [Diagnostic] {
        guard decoder.droppedErrors > 0 else { return [] }
        let count = decoder.droppedErrors
        return [
            Diagnostic(
                .note, code: "spec.more-errors", "\(count) more \(count == 1 ? "error is" : "errors are") not shown",
                exitCode: .invalid)
        ]
    }

    /// In the order of the text; what has no place comes last.
    private static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        diagnostics.enumerated().sorted { left, right in
            let (first, second) = (place(left.element), place(right.element))
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
    }

    private static func place(_ diagnostic: Diagnostic) -> (Int, Int) {
        (diagnostic.location?.line ?? .max, diagnostic.location?.column ?? .max)
    }
}

/// Paths as a spec writes them.
package enum SpecPath {
    /// `~` expanded, relative paths below the spec's folder, `.` and needless `..` removed.
    package static func resolve(_ path: String, _ context: ClusterSpecReader.Context) -> String {
        if let home = context.home, path == "~" || path.hasPrefix("~/") {
            return normalized(home + path.dropFirst())
        }
        if path.hasPrefix("/") || path.hasPrefix("~") { return normalized(path) }
        return normalized(context.folder + "/" + path)
    }

    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !path.hasPrefix("/") {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return path.hasPrefix("/") ? "/" + joined : joined.isEmpty ? "." : joined
    }
}

extension MinikubeSpec {
    fileprivate mutating func resolve(_ path: (String) -> String) {
        func resolved(_ file: File?) -> File? {
            guard let file, case .file(let name) = file.location else { return file }
            return File(location: .file(path(name)), sha256: file.sha256)
        }
        binary = resolved(binary)
        kubectl = resolved(kubectl)
        cache = resolved(cache)
    }
}
