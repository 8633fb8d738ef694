import Diagnostics
import KubernetesAPI
import Testing

@testable import Frameworks

@Suite("Frameworks that come with martlet") struct ShippedFrameworksTests {
    @Test func thereAreFive() {
        #expect(
            Set(ShippedFrameworks.names).isSuperset(of: ["fission", "knative", "kubeless", "openfaas", "openwhisk"]))
    }

    @Test(arguments: ShippedFrameworks.names) func isWithoutFault(_ name: String) throws {
        let reading = FrameworkReader.read(folder: "\(ShippedFrameworks.folder)/\(name)")
        #expect(reading.diagnostics.map(\.summary) == [])
        let framework = try #require(reading.framework)
        #expect(framework.name == name)
        #expect(framework.function != nil)
    }

    /// What we write ourselves comes with the folder; what others publish is never there and always by https.
    @Test func whatIsTheirsIsNotHere() throws {
        for name in ["knative", "fission"] {
            for source in try ShippedFrameworks.framework(name).sources {
                guard case .url = source.origin else {
                    Issue.record("\(name) \(source.id) is a file of our own")
                    continue
                }
            }
        }
        for name in ShippedFrameworks.own {
            for source in try ShippedFrameworks.framework(name).sources {
                guard case .file = source.origin else {
                    Issue.record("\(name) \(source.id) is not a file of our own")
                    continue
                }
            }
        }
    }

    /// Definitions of Fission are files of its repository, whose digests a tag vouches for; what a release adds is not.
    @Test func digestsThatCannotBeKnownAreNotThere() throws {
        for source in try ShippedFrameworks.framework("knative").sources { #expect(source.digests.isEmpty) }
        let fission = try ShippedFrameworks.framework("fission")
        for source in fission.sources {
            let wanted =
                source.id == "release"
                ? 0 : fission.channels.filter { source.applies.holds(channel: $0.name, [:]) }.count
            #expect(source.digests.count == wanted, "\(source.id)")
        }
    }

    @Test(arguments: ShippedFrameworks.own) func rendersInEveryVariation(_ name: String) throws {
        let framework = try ShippedFrameworks.framework(name)
        for channel in framework.channels {
            for parameters in ShippedFrameworks.variations(framework, channel) {
                let release = try ShippedFrameworks.rendered(framework, channel, parameters)
                #expect(!release.objects.isEmpty)
                for object in release.objects {
                    let text = String(decoding: object.body.jsonBytes, as: UTF8.self)
                    #expect(!text.contains("${param.") && !text.contains("${image.") && !text.contains("${value."))
                    #expect(object.body["$when"] == nil && !text.contains("$when"), "\(object.id)")
                }
            }
        }
    }

    /// Kubernetes before 1.21 knows no default for it, and refuses a server-side apply without it.
    @Test(arguments: ShippedFrameworks.own) func servicesNameTheirProtocol(_ name: String) throws {
        let framework = try ShippedFrameworks.framework(name)
        for channel in framework.channels {
            for object in try ShippedFrameworks.rendered(framework, channel).objects where object.id.kind == "Service" {
                for port in object.body["spec"]?["ports"]?.array ?? [] {
                    #expect(port["protocol"] != nil, "\(object.id)")
                }
            }
        }
    }

    /// Secrets are made by martlet, so no object may hold one.
    @Test(arguments: ShippedFrameworks.own) func noManifestHoldsASecret(_ name: String) throws {
        let framework = try ShippedFrameworks.framework(name)
        for channel in framework.channels {
            let objects = try ShippedFrameworks.rendered(framework, channel).objects
            #expect(objects.allSatisfy { $0.id.kind != "Secret" })
        }
    }
}
