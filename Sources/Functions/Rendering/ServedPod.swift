package import Diagnostics
internal import Digests
package import KubernetesAPI

internal import struct Crypto.SHA256

/// A function from source, run by martlet's own small server on a stock image of its language.
package struct ServedPod: Sendable, Hashable {
    /// Where the ConfigMap with everything is mounted.
    package static let folder = "/kubeless"

    package var image: String
    package var command: [String]
    package var environment: [String: String]
    /// Files of the function and the server, by path.
    package var files: [SourcePackage.File]
    /// `module.function`.
    package var handler: String
    /// Of all files, in hex: a new one makes new pods.
    package var digest: String
    /// The file that names dependencies, and the command that installs them; nil if there is none.
    package var installation: String?

    /// Keys of a ConfigMap have no slashes, so that files in folders get numbers.
    private var keys: [(key: String, file: SourcePackage.File)] {
        files.enumerated().map { index, file in
            (file.path.contains("/") ? "file-\(index)" : file.path, file)
        }
    }

    /// The source by its name, the server, and under `handler` what is called, as Kubeless' controller makes it.
    package func configMap(
        _ name: String, namespace: String, framework: String, owner: JSONValue?
    ) -> JSONValue {
        var data: [String: JSONValue] = ["handler": .string(handler)]
        for (key, file) in keys { data[key] = .string(String(decoding: file.bytes, as: UTF8.self)) }
        return [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": .record([
                "name": .string(name), "namespace": .string(namespace),
                "labels": ServedPod.labels(name, framework: framework), "ownerReferences": owner.map { [$0] },
            ]), "data": .object(data),
        ]
    }

    package func volume(named volume: String, configMap: String) -> JSONValue {
        let items: [JSONValue] = keys.map { ["key": .string($0.key), "path": .string($0.file.path)] }
        return ["name": .string(volume), "configMap": ["name": .string(configMap), "items": .array(items)]]
    }

    /// As Kubeless labels what belongs to a function, and as martlet does.
    static func labels(_ name: String, framework: String) -> JSONValue {
        [
            "created-by": "kubeless", "function": .string(name), FunctionObjects.functionLabel: .string(name),
            FunctionObjects.frameworkLabel: .string(framework),
        ]
    }

    static func digest(_ files: [SourcePackage.File]) -> String {
        var hash = SHA256()
        for file in files {
            hash.update(data: Array("\(file.path)\u{0}\(file.bytes.count)\u{0}".utf8))
            hash.update(data: file.bytes)
        }
        return Digest.hexadecimal(hash.finalize())
    }
}

/// The servers that call `handler(event, context)` (contract of vmware-archive/runtimes: `FUNC_PORT`, `MOD_NAME`, `FUNC_HANDLER`,
/// `FUNC_TIMEOUT`, `/healthz`, `/metrics`; 408 for a timeout, 500 for an exception); their text is ours, in `manifests/functions/servers`.
package struct RuntimeServers: Sendable {
    package let assets: FunctionAssets

    package init(_ assets: FunctionAssets) { self.assets = assets }

    private static let known: [String: (file: String, command: [String], dependencies: String, install: String)] = [
        "python": (
            "martlet_server.py", ["python3", "-u", "/kubeless/martlet_server.py"], "requirements.txt",
            "pip install --no-cache-dir --target /packages -r /kubeless/requirements.txt"
        ),
        "nodejs": (
            "martlet_server.js", ["node", "/kubeless/martlet_server.js"], "package.json",
            "cp /kubeless/package.json /packages/ && npm install --omit=dev --prefix /packages"
        ),
    ]

    package func pod(
        _ order: FunctionOrder, _ source: SourcePackage, _ runtime: FunctionRuntime, framework: String
    ) throws(Diagnostic) -> ServedPod {
        guard let server = Self.known[runtime.language] else {
            throw Diagnostic(
                code: "function.runtime", "source in \(runtime.language) cannot be served by \(framework)",
                detail: "there are servers for \(Self.known.keys.sorted().joined(separator: " and "))",
                hint: "put it into an image and deploy that with --image", exitCode: .usage)
        }
        guard let image = order.runtimeImage ?? runtime.image else {
            throw Diagnostic(
                code: "function.runtime-image", "\(framework) has no image for \(runtime.id)",
                hint: "name one with \(runtime.language) in it: --runtime-image", exitCode: .usage)
        }
        let handler = try Self.handler(order.handler, source)
        let parts = handler.split(separator: ".").map(String.init)
        let text = try assets.text("servers/\(server.file)")
        let files = source.files + [SourcePackage.File(path: server.file, bytes: Array(text.utf8))]
        for file in source.files where String(validating: file.bytes, as: UTF8.self) == nil || file.path == server.file
        {
            throw Diagnostic(
                code: "function.source-binary", "\(file.path) cannot be a part of a function from source",
                detail: "files are texts in UTF-8, and \(server.file) is martlet's own", exitCode: .invalid)
        }
        let hasDependencies = source.files.contains { $0.path == server.dependencies }
        return ServedPod(
            image: image, command: server.command,
            environment: [
                "MOD_NAME": parts[0], "FUNC_HANDLER": parts[1], "FUNC_TIMEOUT": String(order.timeout ?? 180),
                "FUNC_RUNTIME": runtime.id, "FUNC_MEMORY_LIMIT": order.memory ?? "0", "FUNC_PORT": "8080",
                "FUNC_NAME": order.name,
            ], files: files, handler: handler, digest: ServedPod.digest(files),
            installation: hasDependencies ? server.install : nil)
    }

    /// `module.function` of the main file; the function is `handler` if nobody says otherwise.
    static func handler(_ given: String?, _ source: SourcePackage) throws(Diagnostic) -> String {
        guard let given else { return "\(source.module).handler" }
        let parts = given.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw Diagnostic(
                code: "function.handler", "`\(given)` is not a handler",
                detail: "expected FILE.FUNCTION, without the ending",
                hint: "`\(source.module).handler`", exitCode: .usage)
        }
        guard parts[0] == source.module else {
            throw Diagnostic(
                code: "function.handler", "there is no file \(parts[0]) among the sources",
                hint: "its main file is \(source.main)", exitCode: .usage)
        }
        return given
    }
}
