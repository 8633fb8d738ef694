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
        for word in header where !word.contains(":") { throw ValidationError("`\(word)` is not NAME: VALUE") }
        guard timeout > 0 else { throw ValidationError("--timeout takes a number of seconds from 1 on") }
        guard callback == nil || isAsynchronous else { throw ValidationError("--callback belongs to --async") }
    }

    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        try FunctionName.check(name)
        let invocation = try invocation()
        let session = try FunctionSession(options, isOneRequest: true)
        try await session.closing {
            let memory = WayMemory(options.identity)
            let platform: any FunctionPlatform
            let isRemembered: Bool
            if let way = memory.recall(name) {
                platform = try session.platform(way)
                isRemembered = true
            } else {
                platform = try await session.platform(of: name)
                isRemembered = false
            }
            let asked = clock.now
            let answer: InvocationAnswer
            do throws(Diagnostic) {
                answer = try await platform.invoke(name, invocation)
            } catch {
                // An address that no longer answers is looked for anew by the next call.
                memory.remember(nil, of: name)
                throw error
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
            if !isRemembered, answer.isSuccess {
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
        var body: [UInt8] = []
        if let data {
            body =
                data.hasPrefix("@")
                ? try YAMLFile.bytes(at: String(data.dropFirst()), limit: 64 << 20) : Array(data.utf8)
        }
        let headers = header.map { word in
            let name = word.prefix { $0 != ":" }
            return (name: String(name), value: word.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces))
        }
        return Invocation(
            method: WebRequest.Method(rawValue: method.uppercased()) ?? .post, body: body, headers: headers,
            path: path.hasPrefix("/") ? String(path.dropFirst()) : path, isAsynchronous: isAsynchronous,
            callback: callback, timeout: .seconds(timeout))
    }

    private static func text(_ milliseconds: Double) -> String { String((milliseconds * 100).rounded() / 100) }
}
