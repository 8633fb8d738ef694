internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Functions
internal import WebClient
internal import YAMLDocument

struct FunctionInvokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoke",
        abstract: "Call a function and print its answer.",
        discussion: """
            Standard output is the answer's body and nothing else. Exit status 0 for an answer below 400, else 1. The way to the \
            function is remembered for an hour, so that the next call is one request.

            Example:
              martlet function invoke hello --data Eva
              martlet function invoke hello --data @order.json --header 'Content-Type: application/json'
              martlet function invoke report --async --callback http://gateway.openfaas:8080/function/store
            """)

    @Argument(help: "The function's name.")
    var name: String

    @Option(name: [.short, .long], help: "The body; @FILE reads a file, @- standard input.")
    var data: String?

    @Option(help: "GET, POST, PUT, PATCH, DELETE or HEAD (default: POST).")
    var method: String = "POST"

    @Option(help: "NAME: VALUE, several times.")
    var header: [String] = []

    @Option(help: "A path below the function, with a query if need be.")
    var path = ""

    @Flag(name: .customLong("async"), help: "Do not wait for the result; prints the name of the call.")
    var isAsynchronous = false

    @Option(help: "With --async: where the result is sent.")
    var callback: String?

    @Option(help: "How long to wait for the answer, in seconds.")
    var timeout = 60

    @Flag(name: [.short, .long], help: "Say status, headers and times on standard error.")
    var verbose = false

    @OptionGroup var options: FunctionOptions

    func validate() throws {
        guard WebRequest.Method(rawValue: method.uppercased()) != nil else {
            throw ValidationError("there is no method \(method)")
        }
        for word in header where !word.contains(":") { throw ValidationError("--header: `\(word)` is not NAME: VALUE") }
        guard DeployWords.seconds.contains(timeout) else {
            throw ValidationError("--timeout takes a number of seconds from 1 to \(DeployWords.seconds.upperBound)")
        }
        guard callback == nil || isAsynchronous else { throw ValidationError("--callback belongs to --async") }
    }

    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        try FunctionName.check(name)
        let invocation = try invocation()
        let session = try FunctionSession(options, isOneRequest: true)
        try await session.closing {
            let identity = options.identity
            let memory = WayMemory(identity)
            var platform: any FunctionPlatform
            var isRemembered: Bool
            if let way = memory.recall(name) {
                platform = try session.platform(way)
                isRemembered = true
            } else {
                platform = try await session.platform(of: name)
                isRemembered = false
            }
            var asked = clock.now
            var answer: InvocationAnswer
            session.watch.reset()
            do throws(Diagnostic) {
                answer = try await platform.invoke(name, invocation)
            } catch {
                memory.remember(nil, of: name)
                guard isRemembered, Self.isLost(error, session.watch) else {
                    throw Self.explained(error, session.watch)
                }
                // The address is nobody's any more, and nothing was sent: another way is looked for at once.
                platform = try await session.platform(of: name)
                isRemembered = false
                asked = clock.now
                do throws(Diagnostic) { answer = try await platform.invoke(name, invocation) } catch {
                    throw Self.explained(error, session.watch)
                }
            }
            let answered = clock.now
            try show(answer)
            if verbose {
                let own = (asked - start) / .milliseconds(1)
                let http = (answered - asked) / .milliseconds(1)
                for header in answer.headers { Conversation.say("\(header.name): \(header.value)") }
                Conversation.say(
                    "status \(answer.status), HTTP \(Self.text(http)) ms, martlet before it \(Self.text(own)) ms")
            }
            // A kubeconfig that was changed meanwhile may lead to another cluster.
            if !isRemembered, answer.isSuccess, options.identity == identity {
                memory.remember(try? await session.way(platform, name), of: name)
            }
            guard answer.status < 400 else {
                if isRemembered { memory.remember(nil, of: name) }
                Conversation.say("martlet: \(name) answered with status \(answer.status)")
                throw ProgramExit(code: .failed)
            }
        }
    }

    private func show(_ answer: InvocationAnswer) throws {
        if isAsynchronous, let id = answer.id, answer.isSuccess { return print(id) }
        do { try FileHandle.standardOutput.write(contentsOf: Data(answer.body)) } catch {
            throw Diagnostic(code: "file.unwritable", "standard output cannot be written", exitCode: .failed)
        }
    }

    private func invocation() throws(Diagnostic) -> Invocation {
        let body = try data.map { data throws(Diagnostic) in try Self.body(data) } ?? []
        let headers = header.map { word in
            let name = word.prefix { $0 != ":" }
            return (name: String(name), value: word.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces))
        }
        return Invocation(
            method: WebRequest.Method(rawValue: method.uppercased()) ?? .post, body: body, headers: headers,
            path: path.hasPrefix("/") ? String(path.dropFirst()) : path, isAsynchronous: isAsynchronous,
            callback: callback, timeout: .seconds(timeout))
    }

    /// What a body may have, in bytes.
    static let mostData = 64 << 20

    /// - Parameter limit: of a file, in bytes.
    static func body(_ data: String, limit: Int = mostData) throws(Diagnostic) -> [UInt8] {
        guard data.hasPrefix("@") else { return Array(data.utf8) }
        let path = String(data.dropFirst())
        // One byte more than the limit is read at most.
        let bytes = try YAMLFile.bytes(at: path, limit: limit)
        guard bytes.count <= limit else {
            throw Diagnostic(
                code: "function.data-too-large",
                "\(path == "-" ? "standard input" : "`\(path)`") has more than \(limit >> 20) MiB",
                detail: "a body has at most \(limit) bytes",
                hint: "put it where the function can fetch it, and send its address", exitCode: .invalid)
        }
        return bytes
    }

    /// Whether nobody was reached by a remembered way.
    static func isLost(_ error: Diagnostic, _ watch: ConnectionWatch) -> Bool {
        switch error.code {
        case "function.unreachable", "function.timeout", "function.untrusted", "web.tls": watch.hasReachedNobody
        // The API server knows no such Service.
        case "function.no-service": true
        default: false
        }
    }

    /// With what a failure means for a call that may have side effects.
    static func explained(_ error: Diagnostic, _ watch: ConnectionWatch) -> Diagnostic {
        var error = error
        switch error.code {
        case "function.timeout":
            error.hint = "--timeout waits longer; " + (error.hint ?? "the call may still be running")
        // Otherwise the hint is about downloads.
        case "function.unreachable" where watch.mayHaveSent:
            error.hint = "the call may have been carried out all the same"
        default: break
        }
        return error
    }

    private static func text(_ milliseconds: Double) -> String { String((milliseconds * 100).rounded() / 100) }
}
