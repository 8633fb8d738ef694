internal import Foundation

/// The checkout that the tests were compiled from.
package enum Checkout {
    package static let folder: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// The path of something below its top.
    package static func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// The folder of the test target that a file belongs to.
    package static func target(of file: String) -> String {
        let tests = path("Tests/")
        let name = file.dropFirst(tests.count).prefix { $0 != "/" }
        return tests + name
    }
}
