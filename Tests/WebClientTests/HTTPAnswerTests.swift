import Testing
import WebClient

@Suite("Answers of HTTP/1.1") struct HTTPAnswerTests {
    func read(_ text: String, hasBody: Bool = true) throws -> HTTPAnswerReader.Answer? {
        var whole = HTTPAnswerReader(limit: 100, hasBody: hasBody)
        let once = try whole.take(Array(text.utf8))
        var slow = HTTPAnswerReader(limit: 100, hasBody: hasBody)
        var found: HTTPAnswerReader.Answer?
        for byte in text.utf8 where found == nil { found = try slow.take([byte]) }
        #expect(once?.body == found?.body && once?.status == found?.status)
        return once
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhixx", "hi"),
        ("HTTP/1.1 200\nContent-Length:0\n\n", ""),
        ("HTTP/1.1 204 No Content\r\n\r\n", ""),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0a\r\n0123456789\r\n0\r\n\r\n",
            "abc0123456789"
        ),
    ]) func isWhole(_ text: String, _ body: String) throws { #expect(try read(text)?.body == Array(body.utf8)) }

    @Test func anAnswerToHeadHasNoBody() throws {
        #expect(try read("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", hasBody: false)?.status == 200)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", "HTTP/1.1 200 OK\r\n\r\nhi",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
    ]) func isNotWhole(_ text: String) throws { #expect(try read(text)?.status == nil) }

    @Test(arguments: [
        "SSH-2.0\r\n", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n",
    ]) func isWrong(_ text: String) {
        var reader = HTTPAnswerReader(limit: 100)
        #expect(throws: HTTPAnswerReader.Fault.self) { try reader.take(Array(text.utf8)) }
    }
}
