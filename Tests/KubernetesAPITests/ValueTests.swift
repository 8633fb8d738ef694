import Foundation
import Testing
import WebClient

@testable import KubernetesAPI

@Suite("Values") struct ValueTests {
    @Test func json() throws {
        let text = #"{"a":[1,2.5,true,null,"x"],"b":{"c":-9007199254740993}}"#
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(value == ["a": [1, 2.5, true, nil, "x"], "b": ["c": -9_007_199_254_740_993]])
        #expect(value["a"]?[1]?.double == 2.5 && value["a"]?[0]?.double == 1 && value["a"]?[2]?.bool == true)
        #expect(value["a"]?[9] == nil && value["x"] == nil && value["a"]?[3]?.isNull == true)
        #expect(String(decoding: try JSONCoding.encode(value, path: ""), as: UTF8.self) == text)
        var changed = value
        changed["b"]?["d"] = "new"
        changed["a"] = nil
        #expect(changed == ["b": ["c": -9_007_199_254_740_993, "d": "new"]])
    }

    @Test func metrics() {
        let text = """
            # HELP a_total what
            # TYPE a_total counter
            a_total 3
            a_total{x="1", y="q\\"uo\\\\te\\n,}"} 4.5e3 1395066363000\r
              b{le="+Inf",} +Inf
            c NaN
            d{broken 1
            e{x=1} 2
            f
            g 1x
            :h{} -Inf
            """
        let samples = MetricsText.parse(text)
        #expect(samples.map(\.name) == ["a_total", "a_total", "b", "c", ":h"])
        #expect(samples[1].labels == ["x": "1", "y": "q\"uo\\te\n,}"] && samples[1].value == 4500)
        #expect(samples[2].value == .infinity && samples[3].value.isNaN && samples[4].value == -.infinity)
        #expect(MetricsText.parse(text, names: ["b"]).map(\.name) == ["b"])
        #expect(MetricsText.parse("").isEmpty)
    }

    /// Wherever the pieces are cut, the samples are the same.
    @Test func metricsInPieces() {
        let bytes = Array("a{x=\"1\"} 1\nb 2\n\n# c\nd{y=\"z\"} 3".utf8)
        let whole = MetricsText.parse(String(decoding: bytes, as: UTF8.self))
        #expect(whole.count == 3)
        for size in 1...bytes.count {
            var reader = MetricsReader(names: nil)
            for start in stride(from: 0, to: bytes.count, by: size) {
                #expect(bytes[start..<min(bytes.count, start + size)].withUnsafeBytes { reader.take($0) })
            }
            #expect(reader.finish() == whole)
        }
    }

    @Test func dates() {
        #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT")?.timeIntervalSince1970 == 784_111_777)
        #expect(HTTPDate.parse("Thu, 29 Feb 2024 00:00:00 GMT")?.timeIntervalSince1970 == 1_709_164_800)
        #expect(CalendarTime.parse("1970-01-01T00:00:00Z")?.timeIntervalSince1970 == 0)
        #expect(CalendarTime.parse("2030-06-01T12:30:15.123Z")?.timeIntervalSince1970 == 1_906_547_415)
        for text in ["", "yesterday", "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 8:4 GMT"] {
            #expect(HTTPDate.parse(text) == nil && CalendarTime.parse(text) == nil)
        }
    }

    @Test func queries() {
        let call = APICall(
            method: .get, path: "/p", query: [("labelSelector", "a in (b,c),d!=é"), ("x", "")], isRepeatable: true)
        #expect(call.url("https://h") == "https://h/p?labelSelector=a%20in%20%28b%2Cc%29%2Cd%21%3D%C3%A9&x=")
    }

    // MARK: WebSocket

    /// The example of RFC 6455, 1.3, and of FIPS 180.
    @Test func handshake() {
        #expect(WebSocketKey(text: "dGhlIHNhbXBsZSBub25jZQ==").answer == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(WebSocketKey().text.utf8.count == 24 && WebSocketKey().text != WebSocketKey().text)
        for (length, first) in [(0, 0xDA), (55, 0xC1), (56, 0xC2), (64, 0x00), (119, 0xEE)] {
            let digest = WebSocketKey.sha1([UInt8](repeating: UInt8(ascii: "a"), count: length))
            #expect(digest.count == 20 && Int(digest[0]) == first)
        }
    }

    @Test func frames() throws {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            let sent = WebSocketFrame(kind: .binary, payload: payload).masked()
            // Unmask, as a server's frame would look.
            let head = length < 126 ? 2 : length < 65_536 ? 4 : 10
            let mask = sent[head..<(head + 4)]
            var received = Array(sent[..<head])
            received[1] &= 0x7F
            received += sent[(head + 4)...].enumerated().map { $1 ^ mask[head + $0 & 3] }
            var reader = WebSocketReader()
            if length < 1000 {
                for byte in received.dropLast() {
                    reader.append([byte])
                    #expect(try reader.next() == nil)
                }
                reader.append([try #require(received.last)])
            } else {
                reader.append(received)
            }
            #expect(try reader.next() == WebSocketFrame(kind: .binary, payload: payload))
            #expect(try reader.next() == nil)
        }
    }

    @Test(
        arguments: [
            [0x83, 0], [0xC2, 0], [0x82, 0x81], [0x80, 0], [0x09, 0], [0x89, 126, 0, 126], [0x02, 0, 0x82, 0],
            [0x82, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        ] as [[UInt8]]) func brokenFrames(bytes: [UInt8])
    {
        var reader = WebSocketReader()
        reader.append(bytes)
        #expect(throws: WebSocketReader.Fault.self) { while try reader.next() != nil {} }
    }
}

@Suite("What keeps a pod from being ready") struct PodTroubleTests {
    static func pod(_ states: JSONValue..., conditions: [JSONValue] = []) -> JSONValue {
        let containers = states.enumerated().map { index, state -> JSONValue in
            var container = state
            container["name"] = .string("c\(index)")
            container["image"] = "a/b:1"
            return container
        }
        return [
            "metadata": ["name": "p"], "spec": ["nodeName": "worker-1"],
            "status": ["containerStatuses": .array(containers), "conditions": .array(conditions)],
        ]
    }

    static let ended: JSONValue = ["state": ["terminated": ["exitCode": 3, "reason": "Error"]]]
    static let starting: JSONValue = ["state": ["waiting": ["reason": "ContainerCreating"]]]
    static let unpulled: JSONValue = ["state": ["waiting": ["reason": "ErrImagePull", "message": "no such"]]]
    static let looping: JSONValue = [
        "state": ["waiting": ["reason": "CrashLoopBackOff", "message": "back-off 10s"]],
        "lastState": ["terminated": ["exitCode": 127, "message": "no shell"]],
    ]

    @Test func isTold() throws {
        #expect(PodTrouble.of(Self.pod(Self.starting)) == nil)
        let image = try #require(PodTrouble.of(Self.pod(Self.unpulled)))
        #expect(image.kind == .image && image.kind.isLasting)
        #expect(image.fullText == "pod p on worker-1: container c0 waits: ErrImagePull: no such (image a/b:1)")
        let crash = try #require(PodTrouble.of(Self.pod(Self.looping)))
        #expect(crash.kind == .crash && crash.exitStatus == 127 && crash.lastWords == "no shell")
        #expect(crash.text == "container c0 waits: CrashLoopBackOff: back-off 10s")
        let end = try #require(PodTrouble.of(Self.pod(Self.ended)))
        #expect(end.kind == .other && end.text == "container c0 ended with status 3 (Error)")
    }

    /// One that ended may come again by itself.
    @Test func whatLastsIsToldFirst() {
        #expect(PodTrouble.of(Self.pod(Self.ended, Self.unpulled))?.container == "c1")
    }

    @Test func aPodWithoutANode() throws {
        let pod = Self.pod(conditions: [
            ["type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes"]
        ])
        let trouble = try #require(PodTrouble.of(pod))
        #expect(trouble.kind == .unschedulable && trouble.text == "0/2 nodes" && pod.podProblem == "0/2 nodes")
        #expect(PodTrouble.of(Self.pod(conditions: [["type": "Ready", "status": "True"]])) == nil)
    }
}
