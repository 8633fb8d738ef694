import Diagnostics
import Foundation
import Synchronization
import TestSupport
import Testing
import WebClient

@Suite("Downloads") struct DownloadTests {
    let server: LoopbackServer
    let folder: Scratch
    let client = WebClient(WebSettings(proxy: .none))

    init() throws {
        server = try LoopbackServer()
        folder = try Scratch("web")
    }

    var file: String { folder.path + "/file" }

    func put(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: file)) }

    @Test func whole() async throws {
        let response = try await client.download(WebRequest(.get, server.base + "/data/3000000"), to: file)
        #expect(response.status == 200 && response.body.isEmpty)
        #expect(try folder.bytes("file") == LoopbackServer.data(3_000_000))
    }

    @Test func empty() async throws {
        try put([1, 2, 3])
        _ = try await client.download(WebRequest(.get, server.base + "/data/0"), to: file)
        #expect(try folder.bytes("file").isEmpty)
    }

    @Test func brokenOffAndResumed() async throws {
        let request = WebRequest(.get, server.base + "/drop/100000/40000/1")
        let error = await #expect(throws: WebError.self) { try await client.download(request, to: file) }
        #expect(error?.diagnostic.code == "web.interrupted")
        #expect(try folder.bytes("file").count == 40_000)
        let response = try await client.download(request, to: file, resuming: true)
        #expect(response.status == 206)
        #expect(try folder.bytes("file") == LoopbackServer.data(100_000))
    }

    @Test func resumingWhereTheServerCannot() async throws {
        try put([UInt8](repeating: 7, count: 500))
        _ = try await client.download(WebRequest(.get, server.base + "/norange/1000"), to: file, resuming: true)
        #expect(try folder.bytes("file") == LoopbackServer.data(1000))
    }

    @Test func resumingWhatIsWhole() async throws {
        try put(LoopbackServer.data(1000))
        let response = try await client.download(
            WebRequest(.get, server.base + "/data/1000"), to: file, resuming: true)
        #expect(response.status == 416)
        #expect(try folder.bytes("file") == LoopbackServer.data(1000))
    }

    @Test func resumingWhatIsLongerThanTheContent() async throws {
        try put([UInt8](repeating: 7, count: 2000))
        _ = try await client.download(WebRequest(.get, server.base + "/data/1000"), to: file, resuming: true)
        #expect(try folder.bytes("file") == LoopbackServer.data(1000))
    }

    @Test func anotherPartThanAskedForIsRefused() async throws {
        try put(LoopbackServer.data(5))
        let error = await #expect(throws: WebError.self) {
            try await client.download(WebRequest(.get, server.base + "/wrongrange"), to: file, resuming: true)
        }
        #expect(error?.diagnostic.code == "web.interrupted")
        #expect(try folder.bytes("file") == LoopbackServer.data(5))
    }

    @Test(arguments: [403, 404, 503]) func statusesLeaveTheFile(status: Int) async throws {
        try put([1, 2, 3])
        let error = await #expect(throws: WebError.self) {
            try await client.download(WebRequest(.get, "\(server.base)/status/\(status)"), to: file, resuming: true)
        }
        #expect(error?.isTransient == (status == 503))
        #expect(error?.diagnostic.evidence.first == "no such thing")
        #expect(try folder.bytes("file") == [1, 2, 3])
    }

    @Test func progressGrows() async throws {
        let log = Mutex<[DownloadProgress]>([])
        _ = try await client.download(WebRequest(.get, server.base + "/data/300000"), to: file) { progress in
            log.withLock { $0.append(progress) }
        }
        let seen = log.withLock { $0 }
        #expect(seen.last?.done == 300_000 && seen.last?.total == 300_000)
        #expect(seen.map(\.done) == seen.map(\.done).sorted())
    }

    @Test func noPlaceForTheFile() async throws {
        let error = await #expect(throws: WebError.self) {
            try await client.download(WebRequest(.get, server.base + "/data/10"), to: folder.path + "/no/file")
        }
        #expect(error?.diagnostic.code == "web.file" && error?.diagnostic.exitCode == .lacking)
    }

    @Test func cancelledInTheMiddle() async throws {
        let task = Task { try await client.download(WebRequest(.get, server.base + "/stall"), to: file) }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        let result = await task.result
        #expect(throws: WebError.cancelled) { try result.get() }
    }
}
