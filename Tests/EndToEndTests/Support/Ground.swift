import Foundation
import Glibc

/// What the tests stand on: the real program, the real bundle, a root account.
struct Ground {
    let program: String
    let bundle: String

    /// - Throws: `Failure` with what is lacking; nothing is ever skipped because of it.
    static func find() throws -> Ground {
        let environment = ProcessInfo.processInfo.environment
        guard geteuid() == 0 else {
            throw Failure("end-to-end tests boot machines and need root: run scripts/test as root")
        }
        let program = environment["MARTLET_E2E_BINARY"] ?? checkout + "/.build/debug/martlet"
        guard access(program, X_OK) == 0 else {
            throw Failure("there is no program at \(program): build it, or set MARTLET_E2E_BINARY")
        }
        let bundle = try environment["MARTLET_E2E_BUNDLE"] ?? madeBundle()
        guard access(bundle + "/bundle.json", R_OK) == 0 else {
            throw Failure("there is no bundle at \(bundle): run scripts/make-bundle, or set MARTLET_E2E_BUNDLE")
        }
        return Ground(program: program, bundle: bundle)
    }

    /// The checkout that this file was compiled from.
    static let checkout: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// Whether what takes many minutes for one answer is asked for, too.
    static let isWhole = ProcessInfo.processInfo.environment["MARTLET_E2E_FULL"] == "1"

    private static func madeBundle() throws -> String {
        let running = try Running(
            checkout + "/scripts/make-bundle", [], in: FileManager.default.temporaryDirectory.path)
        let outcome = try running.waitBlocking(seconds: 1200)
        guard outcome.status == 0, let last = outcome.output.split(separator: "\n").last else {
            throw Failure("scripts/make-bundle failed (\(outcome.status)): \(outcome.errors.suffix(500))")
        }
        return String(last)
    }
}

/// Why a scenario cannot go on.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
