import Foundation
import TestSupport

extension TestFleet {
    /// A spec whose bundle has the images of labs, too.
    func withLabImages(_ spec: Spec) async throws -> Spec {
        let bundle = folder + "/lab-bundle"
        let make = try await Running(
            Checkout.folder + "/scripts/make-lab-images", ["--bundle", ground.bundle, "--output", bundle]
        ).wait(seconds: 1200)
        guard make.status == 0 else { throw Failure("make-lab-images: \(make.said)") }
        return try spec.copy("labs") { $0.set("bundle", bundle) }
    }
}
