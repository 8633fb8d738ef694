import Foundation
import Testing

@testable import Frameworks

@Suite("Schema of framework files") struct FrameworkSchemaTests {
    @Test func thePublishedOneIsTheModels() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "manifests/schema/framework.schema.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(
            text == FrameworkSchema.text,
            "write it again: martlet schema framework > manifests/schema/framework.schema.json")
    }
}
