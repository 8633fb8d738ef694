/// Reads one answer of HTTP/1.1 (RFC 9112) from bytes that come in pieces, over whatever carries them.
package struct HTTPAnswerReader {
    package struct Fault: Error, Hashable {
        package var reason: String
        /// It is more than was asked for, and may be right otherwise.
        package var isTooLarge = false
    }

    package struct Answer: Sendable {
        package var status: Int
        /// Names in lower case.
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]
    }

    private static let longestHead = 64 << 10

    /// Of the answer's body, in bytes.
    private let limit: Int
    /// An answer to HEAD has none.
    private let hasBody: Bool
    private var buffer: [UInt8] = []
    private var position = 0
    private var head: (status: Int, headers: [(name: String, value: String)])?
    private var body: [UInt8] = []
    private var isAtEnd = false

    package init(limit: Int, hasBody: Bool = true) {
        self.limit = limit
        self.hasBody = hasBody
    }

    /// Takes a piece; not nil once the answer is whole.
    package mutating func take(_ bytes: [UInt8]) throws(Fault) -> Answer? {
        buffer += bytes
        while true {
            guard let head else {
                guard try readHead() else { return nil }
                continue
            }
            guard hasBody, head.status != 204, head.status != 304 else { return answer(head) }
            if header("transfer-encoding")?.lowercased().hasSuffix("chunked") ?? false {
                return try readChunks() ? answer(head) : nil
            }
            try takeBody(upTo: buffer.count)
            guard let text = header("content-length") else { return nil }
            guard let length = Int(text), length >= 0 else { throw Fault(reason: "its Content-Length is no number") }
            guard body.count >= length else { return nil }
            body = Array(body.prefix(length))
            return answer(head)
        }
    }

    /// At the end of the connection: whole only where the end is what tells the length.
    package func end() -> Answer? {
        guard let head, header("content-length") == nil, header("transfer-encoding") == nil else { return nil }
        return answer(head)
    }

    private func answer(_ head: (status: Int, headers: [(name: String, value: String)])) -> Answer {
        Answer(status: head.status, headers: head.headers, body: body)
    }

    private func header(_ name: String) -> String? { head?.headers.last { $0.name == name }?.value }

    private mutating func takeBody(upTo end: Int) throws(Fault) {
        guard body.count + end - position <= limit else {
            throw Fault(reason: "it is larger than \(limit) bytes", isTooLarge: true)
        }
        body += buffer[position..<end]
        position = end
    }

    /// The next line without its end; nil when more bytes are needed.
    private mutating func line() throws(Fault) -> String? {
        guard let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            guard buffer.count - position <= Self.longestHead else { throw Fault(reason: "a line of it has no end") }
            return nil
        }
        var line = buffer[position..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        position = end + 1
        return String(decoding: line, as: UTF8.self)
    }

    /// Statuses from 100 to 199 are said before the answer and are none.
    private mutating func readHead() throws(Fault) -> Bool {
        let start = position
        guard let first = try line() else { return false }
        let words = first.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]), (100...999).contains(status)
        else { throw Fault(reason: "it is not HTTP/1.1") }
        var headers: [(name: String, value: String)] = []
        while let text = try line() {
            guard position - start <= Self.longestHead else { throw Fault(reason: "its head is too long") }
            guard !text.isEmpty else {
                if status >= 200 { head = (status, headers) }
                return true
            }
            guard let colon = text.firstIndex(of: ":") else { throw Fault(reason: "a header of it has no colon") }
            headers.append((text[..<colon].lowercased(), String(text[text.index(after: colon)...].trimmed)))
        }
        position = start
        return false
    }

    private mutating func readChunks() throws(Fault) -> Bool {
        while true {
            let start = position
            guard let text = try line() else { return false }
            if isAtEnd {
                guard text.isEmpty else { continue }
                return true
            }
            guard let size = Int(text.prefix { $0 != ";" && $0 != " " }, radix: 16), size >= 0 else {
                throw Fault(reason: "the size of a part of it is no number")
            }
            if size == 0 {
                isAtEnd = true
                continue
            }
            guard size <= limit - body.count else {
                throw Fault(reason: "it is larger than \(limit) bytes", isTooLarge: true)
            }
            guard buffer.count - position >= size + 2 else {
                position = start
                return false
            }
            try takeBody(upTo: position + size)
            guard try line()?.isEmpty == true else { throw Fault(reason: "a part of it is longer than it says") }
        }
    }
}
