import Diagnostics
import Testing

@testable import Frameworks

@Suite("Framework files") struct DecoderTests {
    @Test("an empty file is no framework") func empty() {
        let reading = FrameworkReader.decode([], file: "framework.yaml", folder: "/")
        #expect(reading.framework == nil)
        #expect(reading.diagnostics.map(\.code) == ["yaml.empty"])
    }
}
