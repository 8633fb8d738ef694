import ArgumentParser
import ClusterModel
import Diagnostics
import Foundation
import Frameworks
import TestSupport
import Testing

@testable import Commands
@testable import Functions

@Suite("Parts of the commands for functions")
struct FunctionPartsTests {
    static let manifests = Checkout.path("manifests")

    static let names = ["openfaas", "openwhisk", "knative", "fission", "kubeless"]

    /// - Parameter wanted: nil is the default channel.
    static func site(_ name: String, channel wanted: String? = nil) throws -> FunctionSite {
        let framework = try FrameworkCatalogue(folders: [manifests]).framework(named: name)
        let known = wanted == nil ? framework.defaultChannel : framework.channels.first { $0.name == wanted }
        let channel = try #require(known ?? framework.channels.first)
        let version = try #require(KubernetesVersion("v1.27.3"))
        let facts = ClusterFacts(
            version: version,
            nodes: [ClusterFacts.Node(name: "node-1", address: "10.0.0.1")], hasDefaultStorageClass: true)
        let release = try FrameworkRelease(framework, channel: channel, cluster: facts)
        return try FunctionSites.site(release, try #require(framework.function))
    }

    @Test(
        "What a channel can do that others cannot is known of its site",
        arguments: [("mit-2022", true), ("mit-2023", false)])
    func channels(_ channel: String, _ zero: Bool) throws {
        let site = try Self.site("openfaas", channel: channel)
        #expect(site.hasZeroByHand == zero)
        #expect(!site.scalesToZero)
    }

    @Test("Every framework that comes with martlet is one that functions can be deployed on", arguments: names)
    func sites(_ name: String) throws {
        let site = try Self.site(name)
        #expect(site.framework == name)
        #expect(site.adapter.rawValue == name)
        #expect(!site.namespace.contains("$"))
        #expect(!site.core.contains("$"))
        #expect(site.sourceLimit > 0)
        for runtime in site.runtimes { #expect(runtime.image?.contains("$") != true) }
        #expect(site.runtimes.contains { ["shell", "python", "nodejs"].contains($0.language) })
        let needsGateway = name != "kubeless"
        #expect((site.gateway != nil) == needsGateway)
        let needsCredentials = name == "openfaas" || name == "openwhisk"
        #expect((site.credentials != .none) == needsCredentials)
        // There is something that `assess` can deploy.
        _ = try AssessProbe.make(
            site, runtimes: site.runtimes, assets: FunctionAssets(folder: Self.manifests + "/functions"), runtime: nil,
            runtimeImage: nil, image: nil)
    }

    @Test(
        "The command line is checked before anything is asked",
        arguments: [
            (["hello"], "--source"), (["hello", "--source", "a", "--image", "b"], "either"),
            (["hello", "--image", "b", "--min", "3", "--max", "2"], "--min is more"),
            (["hello", "--image", "b", "--schedule", "often"], "cron"),
            (["hello", "--image", "b", "--env", "A"], "NAME=VALUE"),
            (["hello", "--image", "b", "--payload", "x"], "--schedule"),
            (["hello", "--image", "b", "--gateway", "10.0.0.1"], "URL"),
            (["hello", "--image", "b", "--gateway", "http://admin:secret@10.0.0.1"], "credentials"),
        ])
    func validation(_ words: [String], _ text: String) {
        let error = #expect(throws: (any Error).self) { try FunctionDeployCommand.parse(words) }
        #expect(error.map { FunctionDeployCommand.message(for: $0) }?.contains(text) == true)
    }

    @Test("An order has what the command line says")
    func order() throws {
        let command = try FunctionDeployCommand.parse([
            "hello", "--image", "a:1", "--env", "A=b=c", "--label", "x=y", "--secret", "s", "--timeout", "5", "--http",
            "h.example/p", "--schedule", "0 6 * * *", "--payload", "{}", "--queue", "t",
        ])
        let order = try command.order(for: try Self.site("openfaas"))
        #expect(order.image == "a:1")
        #expect(order.environment == ["A": "b=c"])
        #expect(order.labels == ["x": "y"])
        #expect(order.secrets == ["s"])
        #expect(order.timeout == 5)
        #expect(
            order.triggers == [
                .schedule(cron: "0 6 * * *", payload: "{}"), .queue(topic: "t"), .http(host: "h.example", path: "/p"),
            ])
    }

    @Test("A way is remembered, forgotten when it is old, and never holds a secret")
    func memory() throws {
        let memory = WayMemory("test \(UUID().uuidString)")
        let way = WayMemory.Way(
            framework: "openfaas", adapter: .openfaas, namespace: "fn", core: "openfaas",
            door: ServiceDoor(.direct(url: "http://10.0.0.1:31112")), host: nil, time: 1000)
        #expect(memory.recall("hello") == nil)
        memory.remember(way, of: "hello")
        let found = memory.recall("hello", now: Date(timeIntervalSince1970: 1500))
        #expect(found?.door == way.door)
        #expect(memory.recall("other", now: Date(timeIntervalSince1970: 1500)) == nil)
        #expect(memory.recall("hello", now: Date(timeIntervalSince1970: 1000 + WayMemory.lifetime)) == nil)
        #expect(memory.recall("hello", now: Date(timeIntervalSince1970: 999)) == nil)
        memory.remember(nil, of: "hello")
        #expect(memory.recall("hello", now: Date(timeIntervalSince1970: 1500)) == nil)
        memory.remove()
    }

    @Test("`function new` writes what the framework calls, and nothing over what is there")
    func new() throws {
        let program = try BuiltProgram()
        let environment = [AssetLocator.variable: (Self.manifests as NSString).deletingLastPathComponent]
        for framework in Self.names {
            let runtime = framework == "openfaas" ? "shell" : "python"
            let words = ["function", "new", "hello", "--framework", framework, "--runtime", runtime, "-o", framework]
            let made = try program.run(words, environment: environment)
            #expect(made.status == 0, "\(made.errors)")
            let path = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(path == "\(framework)/handler.\(runtime == "shell" ? "sh" : "py")")
            #expect(try program.home.read(path).contains("Hello"))
            let again = try program.run(words, environment: environment)
            #expect(again.status == ExitStatus.usage.rawValue)
            #expect(again.errors.contains("file.exists"))
        }
        // What is recommended can be done: the framework's own runtime, or an image that has to be named.
        let own = try program.run(["function", "new", "own", "--framework", "openfaas"], environment: environment)
        #expect(own.output == "own/handler.sh\n", "\(own.errors)")
        #expect(
            own.errors == "deploy it with `martlet function deploy own --source own/handler.sh --framework openfaas`\n")
        let foreign = try program.run(
            ["function", "new", "foreign", "--framework", "openfaas", "--runtime", "python"], environment: environment)
        #expect(foreign.errors.contains("--framework openfaas --runtime-image IMAGE`"), "\(foreign.errors)")
        let stranger = try program.run(["function", "new", "a", "--framework", "openfsas"], environment: environment)
        #expect(stranger.errors.contains("framework.unknown") && stranger.errors.contains("did you mean openfaas"))
        let unknown = try program.run(
            ["function", "new", "hello", "--runtime", "cobol", "--framework", "knative"], environment: environment)
        #expect(unknown.status == ExitStatus.usage.rawValue)
        #expect(unknown.errors.contains("it knows nodejs, python"))
        let name = try program.run(["function", "new", "Hello_World"], environment: environment)
        #expect(name.errors.contains("hello-world"))
    }

    @Test("Every framework has a hello for a runtime of its own, without an image to be named", arguments: names)
    func hello(_ name: String) throws {
        let framework = try FrameworkCatalogue(folders: [Self.manifests]).framework(named: name)
        let section = try #require(framework.function)
        let hello = try HelloChoice.make(
            nil, known: try HelloChoice.runtimes(framework, section),
            adapter: try #require(FunctionAdapter(rawValue: section.adapter.rawValue)), framework: name,
            assets: FunctionAssets(folder: Self.manifests + "/functions"))
        #expect(hello.deployWords.isEmpty)
        #expect(hello.file.contains("/\(hello.runtime.language)."))
        let site = try Self.site(name)
        let chosen = try RuntimeChoice.choose(
            nil, language: hello.runtime.language, of: site.runtimes, framework: name)
        #expect(chosen.id == hello.runtime.id)
    }

    @Test("A runtime that is not the one of its language, and one without an image, are named for `deploy`")
    func helloWords() throws {
        let known = [
            FunctionRuntime(id: "python3.9", language: "python", image: "a"),
            FunctionRuntime(id: "python3.11", language: "python", image: "b", isDefault: true),
            FunctionRuntime(id: "go", language: "go", image: "c"), FunctionRuntime(id: "nodejs", language: "nodejs"),
        ]
        func make(_ wanted: String?, _ adapter: FunctionAdapter = .knative) throws -> HelloChoice {
            try HelloChoice.make(
                wanted, known: known, adapter: adapter, framework: "own",
                assets: FunctionAssets(folder: Self.manifests + "/functions"))
        }
        #expect(try make(nil).runtime.id == "python3.11")
        #expect(try make("python3.9").deployWords == ["--runtime", "python3.9"])
        #expect(try make("nodejs").deployWords == ["--runtime-image", "IMAGE"])
        #expect(try make("nodejs", .kubeless).deployWords == [])
        // There is no hello for it.
        #expect(throws: Diagnostic.self) { try make("go") }
    }

    @Test("60 MB of source and no cluster: what is wrong is said, with its status")
    func refusals() throws {
        let program = try BuiltProgram()
        let environment = [AssetLocator.variable: (Self.manifests as NSString).deletingLastPathComponent]
        let none = try program.run(["function", "list"], environment: environment)
        #expect(none.status == ExitStatus.lacking.rawValue)
        #expect(none.errors.contains("kubeconfig"))
        let name = try program.run(
            ["function", "invoke", "Not.A.Label", "--data", "x"], environment: environment)
        #expect(name.status == ExitStatus.usage.rawValue)
        #expect(name.output.isEmpty)
    }
}
