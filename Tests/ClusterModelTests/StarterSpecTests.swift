import ClusterModel
import Diagnostics
import Testing

struct StarterSpecTests {
    private func decode(_ starter: StarterSpec) -> ClusterSpecReader.Reading {
        ClusterSpecReader.decode(Array(starter.text.utf8), file: "cluster.yaml", context: .init(folder: "/specs"))
    }

    private func logins(_ texts: String...) -> [StarterSpec.Login] { texts.compactMap { StarterSpec.Login($0) } }

    @Test func namesWhatIsToBeFilledIn() {
        let reading = decode(StarterSpec())
        #expect(reading.spec?.hosts.count == 2)
        #expect(reading.diagnostics.map(\.code) == ["spec.placeholder-address", "spec.placeholder-address"])
    }

    @Test func isCompleteWithAddresses() throws {
        let starter = StarterSpec(
            name: "shop", version: "v1.20.2", bundle: "./my bundle", endpoint: "10.0.0.100",
            controlPlanes: logins("root@10.0.0.11", "root@10.0.0.12", "root@10.0.0.13"),
            workers: logins("admin@10.0.0.21"))
        let reading = decode(starter)
        let spec = try #require(reading.spec)
        #expect(reading.diagnostics.isEmpty)
        #expect(spec.kubernetes.source == .bundle(path: "/specs/my bundle"))
        #expect(spec.packages.source == .bundle)
        #expect(spec.endpoint.kind == .keepalived)
        #expect(spec.hosts.map(\.name) == ["cp-1", "cp-2", "cp-3", "worker-1"])
        #expect(spec.hosts.map(\.ssh.user) == ["root", "root", "root", "admin"])
    }

    @Test func aLoneControlPlaneRunsWorkloads() throws {
        let spec = try #require(decode(StarterSpec(controlPlanes: logins("10.0.0.11"))).spec)
        #expect(spec.hosts.map(\.roles) == [[.controlPlane, .worker]])
        #expect(spec.endpoint.kind == .host)
    }

    @Test func namesOfHostsNeedAnInternalAddress() {
        let reading = decode(
            StarterSpec(endpoint: "api.example", controlPlanes: logins("cp.example"), workers: logins("w.example")))
        #expect(reading.spec?.endpoint.kind == .external)
        #expect(reading.diagnostics.map(\.code) == ["spec.placeholder-address", "spec.placeholder-address"])
    }

    @Test func loginsAreChecked() {
        for text in ["", "a@", "@b", "a b@c", "a@b@c", "10.0.0.256", "a@b:22"] {
            #expect(StarterSpec.Login(text) == nil, "\(text)")
        }
        #expect(StarterSpec.Login("admin@10.0.0.1")?.user == "admin")
    }

    @Test func oddNamesAreRefusedNotWritten() {
        #expect(decode(StarterSpec(name: "on")).spec?.name == "on")
        #expect(decode(StarterSpec(name: "a: b")).diagnostics.contains { $0.code == "spec.value" })
        #expect(decode(StarterSpec(version: "1.20")).spec == nil)
    }
}
