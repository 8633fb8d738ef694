import Foundation
import SSHServerRig
import SecureShell
import TestSupport
import Testing

/// Everything that needs a real sshd, one test after another: the machine that runs this may be small and busy.
@Suite(.serialized) struct ServerTests {}

/// Starts a server and a session to it, runs the body, ends both.
func withSession<Value>(
    _ configuration: [String] = [], _ body: (SSHSession, TestServer) async throws -> Value
) async throws -> Value {
    try await withServer(configuration) { server in
        let session = try await SSHSession.connect(to: server.target())
        do {
            let value = try await body(session, server)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }
}

/// The error that the body throws; a body that throws nothing, or something else, fails the test.
func sshError(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> SSHError? {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as SSHError {
        return error
    } catch {
        Issue.record("\(error) is no SSHError", sourceLocation: sourceLocation)
    }
    return nil
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
