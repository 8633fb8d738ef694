import ClusterModel
import Diagnostics
import Digests
import Execution
import Foundation
import Planning
import TestSupport
import Testing

@testable import Transports

@Suite("This computer as a host, and machines within a host")
struct TransportTests {
    private let scratch: Scratch
    private var folder: String { scratch.path }
    private let host = HostSpec(
        name: "here", address: "localhost", internalAddress: "127.0.0.1", roles: [.controlPlane])

    init() throws { scratch = try Scratch("local") }

    private func connect(lock: String? = nil) async throws -> any HostConnection {
        try await LocalTransport(environment: ["HOME": folder]).connect(to: host, lock: lock)
    }

    @Test("Scripts run one after another, with their input, status and both outputs")
    func scripts() async throws {
        let results = try await connect().run(
            [
                RemoteCommand("cat; echo $HOME; exit 3", input: "given\n"), RemoteCommand("echo wrong >&2"),
                RemoteCommand("cat; printf %s \"it's\""),
            ], timeout: .seconds(20))
        #expect(results.map(\.status) == [3, 0, 0])
        #expect(results[0].output == "given\n\(folder)\n")
        #expect(results[1].errorOutput == "wrong\n")
        #expect(results[2].output == "it's")
    }

    @Test("Neither script nor input shows in the process list")
    func secret() async throws {
        let results = try await connect().run(
            [
                RemoteCommand(
                    "x=secret-of-the-script; tr '\\0' ' ' </proc/$$/cmdline; cat >/dev/null", input: "secret-input")
            ],
            timeout: .seconds(20))
        #expect(!results[0].output.isEmpty)
        #expect(!results[0].output.contains("secret"))
    }

    @Test("A command that does not end is ended")
    func timeout() async throws {
        let connection = try await connect()
        let error = await #expect(throws: Diagnostic.self) {
            _ = try await connection.run([RemoteCommand("sleep 60")], timeout: .milliseconds(300))
        }
        #expect(error?.code == "local.timeout")
    }

    @Test("A copy is verified; another file leaves nothing behind")
    func put() async throws {
        let source = folder + "/source"
        try Data("before content".utf8).write(to: URL(fileURLWithPath: source))
        let connection = try await connect()
        let blob = BlobSource(path: source, offset: 7, size: 7, sha256: Digest.sha256("content"))
        try await connection.put(blob, to: folder + "/a/target", mode: 0o750)
        #expect(try String(contentsOfFile: folder + "/a/target", encoding: .utf8) == "content")
        let mode = try FileManager.default.attributesOfItem(atPath: folder + "/a/target")[.posixPermissions] as? Int
        #expect(mode == 0o750)
        let wrong = BlobSource(path: source, offset: 0, size: 7, sha256: Digest.sha256("content"))
        let error = await #expect(throws: Diagnostic.self) {
            try await connection.put(wrong, to: folder + "/b", mode: 0o644)
        }
        #expect(error?.code == "local.copy-failed")
        #expect(!FileManager.default.fileExists(atPath: folder + "/b"))
    }

    @Test("One run at a time changes this computer; who only reads is not asked")
    func lock() async throws {
        let first = try await connect(lock: "one")
        let error = await #expect(throws: Diagnostic.self) { _ = try await connect(lock: "two") }
        #expect(error?.code == "lock.held" && error?.exitCode == .locked)
        _ = try await connect()
        await first.close()
        _ = try await connect(lock: "two")
    }

    @Test(
        "The status behind the last mark is the script's; without one the machine was not entered",
        arguments: [
            ("out\n\u{1e}3\n", Int32(0), Int32(3), "out\n"), ("\u{1e}0\n", 0, 0, ""),
            ("broken off", 0, 255, "broken off"),
            ("", 89, 89, ""),
        ])
    func nested(_ output: String, _ status: Int32, _ wanted: Int32, _ text: String) {
        let result = NestedConnection.result(RemoteResult(status: status, output: output, errorOutput: ""))
        #expect(result.status == wanted)
        #expect(result.output == text)
    }

    @Test("A script in a machine keeps its input and its status")
    func machine() async throws {
        let transport = NestedTransport(
            outer: LocalTransport(environment: ["HOME": folder]), through: host
        ) { machine, script, encode in
            "echo \(encode(script)) | base64 -d | MACHINE=\(machine) sh; printf '\\036%d\\n' $?"
        }
        let inner = HostSpec(name: "m02", address: "10.0.0.1", internalAddress: "10.0.0.1", roles: [.worker])
        let connection = try await transport.connect(to: inner, lock: nil)
        let results = try await connection.run(
            [RemoteCommand("cat; echo $MACHINE; exit 4", input: "some 'text'"), RemoteCommand("cat; echo done")],
            timeout: .seconds(20))
        #expect(results.map(\.status) == [4, 0])
        #expect(results.map(\.output) == ["some 'text'\nm02\n", "done\n"])
        await connection.close()
    }
}
