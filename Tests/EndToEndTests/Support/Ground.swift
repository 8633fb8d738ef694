import Foundation
import Glibc
import TestSupport

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
        let program = environment["MARTLET_E2E_BINARY"] ?? Checkout.path(".build/debug/martlet")
        guard access(program, X_OK) == 0 else {
            throw Failure("there is no program at \(program): build it, or set MARTLET_E2E_BINARY")
        }
        let bundle = try environment["MARTLET_E2E_BUNDLE"] ?? madeBundle()
        guard access(bundle + "/bundle.json", R_OK) == 0 else {
            throw Failure("there is no bundle at \(bundle): run scripts/make-bundle, or set MARTLET_E2E_BUNDLE")
        }
        return Ground(program: program, bundle: bundle)
    }

    /// Whether what takes many minutes for one answer is asked for, too.
    static let isWhole = ProcessInfo.processInfo.environment["MARTLET_E2E_FULL"] == "1"

    private static func madeBundle() throws -> String {
        let outcome = try Running.run(Checkout.path("scripts/make-bundle"), seconds: 1200)
        guard outcome.status == 0, let last = outcome.output.split(separator: "\n").last else {
            throw Failure("scripts/make-bundle failed (\(outcome.status)): \(outcome.errors.suffix(500))")
        }
        return String(last)
    }
}
