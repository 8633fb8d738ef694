internal import Bundles
internal import Diagnostics

/// What `martlet bundle verify` says.
struct BundleVerdict: Encodable {
    struct Problem: Encodable {
        var severity: String
        var code: String
        var summary: String
        var detail: String?
    }

    var formatVersion = 1
    var path: String
    var name: String
    var good: Bool
    var files: Int
    var bytes: UInt64
    var milliseconds: Int64
    var problems: [Problem]

    init(_ bundle: OfflineBundle, _ verification: BundleVerification, elapsed: Duration) {
        path = bundle.path
        name = bundle.name
        good = verification.isGood
        files = verification.files
        bytes = verification.bytes
        milliseconds = elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000
        problems = verification.problems.map {
            Problem(severity: $0.severity.rawValue, code: $0.code, summary: $0.summary, detail: $0.detail)
        }
    }

    func json() throws -> String { try BundleText.json(self) }

    func text() -> String {
        let speed = milliseconds > 0 ? ", \(BundleText.size(bytes * 1000 / UInt64(milliseconds)))/s" : ""
        return "\(name): \(files) files, \(BundleText.size(bytes)), all as bundle.json says\(speed)\n"
    }
}
