import KubernetesAPI
import Testing

@testable import Frameworks

/// That the files which say what programs ask of the API say it of all programs: the test of roles is no better than they are.
@Suite("What programs ask of the API") struct AccessNeedsTests {
    /// In every variation: who runs with a token is in `access-needs.yaml`, and nobody else gets one.
    @Test(arguments: ShippedFrameworks.own) func isKnownOfEveryProgram(_ name: String) throws {
        let framework = try ShippedFrameworks.framework(name)
        var workloads = 0
        for channel in framework.channels {
            for parameters in ShippedFrameworks.variations(framework, channel) {
                let rendered = try ShippedFrameworks.rendered(framework, channel, parameters)
                let accounts = try AccessNeeds.read(rendered.release)?.accounts ?? []
                let known = Set(accounts.map { "\($0.namespace)/\($0.name)" })
                // An account without a token asks for nothing.
                let tokenless = Set(
                    rendered.objects.filter {
                        $0.id.kind == "ServiceAccount" && $0.body["automountServiceAccountToken"]?.bool == false
                    }.map { "\($0.id.namespace)/\($0.id.name)" })
                #expect(known.isDisjoint(with: tokenless), "\(channel.name) \(parameters)")
                for object in rendered.objects {
                    guard let pod = object.body["spec"]?["template"]?["spec"] else { continue }
                    workloads += 1
                    guard pod["automountServiceAccountToken"]?.bool != false else { continue }
                    let account = "\(object.id.namespace)/\(pod["serviceAccountName"]?.string ?? "default")"
                    #expect(
                        known.contains(account) || tokenless.contains(account),
                        "\(channel.name): \(object.id) runs as \(account)")
                }
            }
        }
        #expect(workloads > 0)
    }
}
