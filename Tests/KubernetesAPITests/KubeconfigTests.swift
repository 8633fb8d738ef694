import Diagnostics
import Foundation
import TestSupport
import Testing
import WebClient

@testable import KubernetesAPI

@Suite("Kubeconfig") struct KubeconfigTests {
    static let whole = """
        apiVersion: v1
        kind: Config
        current-context: work
        preferences: {}
        extensions: [{name: x, extension: {y: z}}]
        clusters:
        - name: production
          cluster:
            server: https://10.0.0.1:6443/base/
            certificate-authority-data: Q0E=
            tls-server-name: kubernetes.test
            proxy-url: socks5://10.0.0.9:1080
        contexts:
        - name: work
          context: {cluster: production, user: admin, namespace: shop}
        - name: other
          context: {cluster: production, user: nobody}
        users:
        - name: admin
          user: {token: abc}
        - name: nobody
          user: {}
        """

    func parse(_ text: String, context: String? = nil) throws -> KubernetesAccess {
        try Kubeconfig.parse(text, name: "/etc/kube.yaml", context: context).access
    }

    /// The first diagnostic of a kubeconfig with something wrong.
    func fault(_ text: String, context: String? = nil) throws -> Diagnostic {
        let error = try #require(throws: Diagnostics.self) { try parse(text, context: context) }
        return try #require(error.list.first)
    }

    /// A kubeconfig of one context, with these lines for the cluster and the user.
    func config(cluster: String = "server: https://h:6443", user: String = "{}") -> String {
        """
        clusters:
        - name: c
          cluster: {\(cluster)}
        contexts:
        - name: x
          context: {cluster: c, user: u}
        users:
        - name: u
          user: \(user)
        current-context: x
        """
    }

    @Test func allFields() throws {
        let access = try parse(Self.whole)
        #expect(access.server == "https://10.0.0.1:6443/base" && access.namespace == "shop" && access.context == "work")
        #expect(access.clusterName == "production" && access.serverName == "kubernetes.test" && !access.isInsecure)
        #expect(access.proxy == .url("socks5://10.0.0.9:1080"))
        guard case .pem(let authority) = access.trust, case .value(let token) = access.token else {
            throw Unexpected()
        }
        #expect(authority == Array("CA".utf8) && token.reveal() == "abc")
        let other = try parse(Self.whole, context: "other")
        #expect(other.namespace == "default" && other.token == nil && other.identity == nil)
        #expect(!String(reflecting: access).contains("abc"))
    }

    /// kubectl takes whole numbers for text, too.
    @Test func wholeNumbersAreText() throws {
        let text = config(user: "{token: 1234}").replacingOccurrences(
            of: "cluster: c,", with: "cluster: c, namespace: 17,")
        let access = try parse(text)
        guard case .value(let token) = access.token else { throw Unexpected() }
        #expect(token.reveal() == "1234" && access.namespace == "17")
        #expect(try fault(config(user: "{token: 0x12}")).code == "kubeconfig.type")
    }

    @Test func asJSON() throws {
        let text =
            #"{"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c"}}],"clusters":[{"name":"c","cluster":{"server":"https://h"}}]}"#
        #expect(try parse(text).server == "https://h")
    }

    @Test func namesThatAreNotThere() throws {
        let context = try fault(Self.whole, context: "wrok")
        #expect(context.code == "kubeconfig.no-context" && context.hint == "did you mean `work`")
        #expect(context.detail == "there is `work`, `other`" && context.exitCode == .invalid)
        let current = try fault(
            Self.whole.replacingOccurrences(of: "current-context: work", with: "current-context: w2"))
        #expect(current.location?.line == 3 && current.location?.file == "/etc/kube.yaml")
        let cluster = try fault(
            Self.whole.replacingOccurrences(of: "cluster: production, user: a", with: "cluster: prodction, user: a"))
        #expect(cluster.code == "kubeconfig.no-cluster" && cluster.location?.line == 15)
        #expect(cluster.hint == "did you mean `production`")
        let user = try fault(Self.whole.replacingOccurrences(of: "user: admin", with: "user: zzz"))
        #expect(user.code == "kubeconfig.no-user" && user.hint == nil)
        let none = try fault(Self.whole.replacingOccurrences(of: "current-context: work", with: ""))
        #expect(none.code == "kubeconfig.no-context" && none.detail == "it has `work`, `other`")
    }

    @Test(arguments: [
        ("server: h:6443", "{}", "kubeconfig.server"), ("server: ftp://h", "{}", "kubeconfig.server"),
        ("server: https://h, proxy-url: h:1", "{}", "kubeconfig.proxy"), ("x: y", "{}", "kubeconfig.no-server"),
        ("server: https://h, certificate-authority-data: '%'", "{}", "kubeconfig.data"),
        ("server: https://h, certificate-authority: /no/such", "{}", "kubeconfig.file"),
        ("server: https://h, insecure-skip-tls-verify: 'true'", "{}", "kubeconfig.type"),
        (
            "server: https://h, insecure-skip-tls-verify: true, certificate-authority-data: Q0E=", "{}",
            "kubeconfig.insecure-authority"
        ),
        ("server: https://h", "{token: 1234.5678}", "kubeconfig.type"),
        ("server: https://h", "{token: 'a b'}", "kubeconfig.token"),
        ("server: https://h", "{tokenFile: /no/such}", "kubeconfig.file"),
        ("server: https://h", "{client-certificate-data: Q0E=}", "kubeconfig.identity"),
        ("server: https://h", "{client-key-data: Q0E=}", "kubeconfig.identity"),
        ("server: https://h", "{as: other}", "kubeconfig.unsupported"),
        ("server: https://h", "{exec: {apiVersion: client.authentication.k8s.io/v1}}", "kubeconfig.plugin"),
        (
            "server: https://h", "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1alpha1}}",
            "kubeconfig.plugin"
        ),
        (
            "server: https://h",
            "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}}",
            "kubeconfig.plugin"
        ),
    ]) func wrongFields(cluster: String, user: String, code: String) throws {
        let fault = try fault(config(cluster: cluster, user: user))
        #expect(fault.code == code && (fault.location?.line ?? 0) > 1)
        #expect(!"\(fault)".contains("1234.5678") && !"\(fault)".contains("a b"))
    }

    @Test func wrongFiles() throws {
        #expect(try fault("kind: Pod\napiVersion: v1").code == "kubeconfig.not-kubeconfig")
        #expect(try fault("kind: Config\napiVersion: v2").location?.line == 2)
        #expect(try fault("- a").code == "kubeconfig.not-kubeconfig")
        #expect(try fault("clusters: [\n").code.hasPrefix("yaml."))
        #expect(try fault("contexts: 5\ncurrent-context: a").code == "kubeconfig.type")
    }

    @Test func warnings() throws {
        let insecure = try Kubeconfig.parse(
            config(cluster: "server: https://h, insecure-skip-tls-verify: true"), name: "k", context: nil)
        #expect(insecure.access.isInsecure && insecure.warnings.map(\.code) == ["kubeconfig.insecure"])
        #expect(insecure.warnings.first?.severity == .warning)
        let plain = try Kubeconfig.parse(
            config(cluster: "server: http://h", user: "{token: a}"), name: "k", context: nil)
        #expect(plain.warnings.map(\.code) == ["kubeconfig.plain-http"])
        let old = try Kubeconfig.parse(config(user: "{auth-provider: {name: gcp}}"), name: "k", context: nil)
        #expect(old.warnings.map(\.code) == ["kubeconfig.unsupported"])
    }

    // MARK: several files

    func load(
        _ paths: [String]? = nil, variable: String = "", home: String = "/nowhere", context: String? = nil
    ) throws -> (access: KubernetesAccess, warnings: [Diagnostic]) {
        try Kubeconfig.load(paths: paths, context: context, variable: variable, home: home)
    }

    @Test func mergesWithTheFirstWinning() throws {
        let folder = try Scratch("kube")
        let first = try folder.write(
            "one",
            """
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: "https://first"}}]
            """)
        let second = try folder.write(
            "two",
            """
            current-context: second
            contexts: [{name: x, context: {cluster: d}}, {name: second, context: {cluster: c}}]
            clusters: [{name: c, cluster: {server: "https://second"}}]
            users: [{name: u, user: {token: t}}]
            """)
        let access = try load(variable: "\(first):/no/such:\(second):\(first)").access
        #expect(access.server == "https://first" && access.context == "x" && access.token != nil)
        #expect(try load([second, first]).access.server == "https://second")
        #expect(try load([second, first]).access.context == "second")
        #expect(try load(variable: "\(first):\(second)", context: "second").access.context == "second")
    }

    @Test func theUsualPlaceAndMissingFiles() throws {
        let folder = try Scratch("kube")
        let none = try #require(throws: Diagnostics.self) { try load(home: folder.path) }
        #expect(none.list.first?.code == "kubeconfig.missing" && none.exitCode == .lacking)
        #expect(none.list.first?.detail == "looked for \(folder.path)/.kube/config")
        try folder.write(".kube/config", config())
        #expect(try load(home: folder.path).access.server == "https://h:6443")
        let named = try #require(throws: Diagnostics.self) { try load(["/no/such"]) }
        #expect(named.list.first?.code == "file.missing")
    }

    @Test func everybodyCanRead() throws {
        let folder = try Scratch("kube")
        let open = try folder.write("open", config(), mode: 0o644)
        let closed = try folder.write("closed", config(), mode: 0o640)
        #expect(try load([open]).warnings.map(\.code) == ["kubeconfig.readable-by-all"])
        #expect(try load([closed]).warnings.isEmpty)
    }

    @Test func pathsBeginAtTheFolderOfTheFile() throws {
        let folder = try Scratch("kube")
        try folder.write("pki/ca.pem", "ca")
        try folder.write("pki/client.pem", "certificate")
        try folder.write("pki/client.key", "key")
        try folder.write("pki/token", "abc\n")
        let path = try folder.write(
            "config",
            config(
                cluster: "server: https://h, certificate-authority: pki/ca.pem",
                user:
                    "{client-certificate: pki/client.pem, client-key: pki/client.key, tokenFile: ./pki/token, token: x}"
            ))
        let access = try load([path]).access
        guard case .file("\(folder.path)/pki/ca.pem") = access.trust, case .file(let token) = access.token,
            case .files("\(folder.path)/pki/client.pem", "\(folder.path)/pki/client.key") = access.identity
        else { throw Unexpected() }
        #expect(token == "\(folder.path)/./pki/token")
        // Data beside a file of the same kind counts more.
        let mixed = try folder.write(
            "mixed", config(user: "{client-certificate: pki/client.pem, client-key: /no/such, client-key-data: S0VZ}"))
        guard case .pem(let certificate, let key) = try load([mixed]).access.identity else { throw Unexpected() }
        #expect(certificate == Array("certificate".utf8) && key.reveal() == Array("KEY".utf8))
    }

    @Test func certificatesThatHaveExpired() async throws {
        let folder = try Scratch("kube")
        for (name, end) in [("old", "20200102030405Z"), ("new", "20990102030405Z")] {
            // The years decide between both kinds of time that a certificate may have.
            let script = """
                set -e
                openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=a -keyout \(name).key -out \(name).csr
                touch \(name).db; printf '01' >\(name).serial
                printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=\(name).db\\nserial=\(name).serial\\nnew_certs_dir=.\\ndefault_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' >\(name).conf
                openssl ca -batch -config \(name).conf -selfsign -keyfile \(name).key -in \(name).csr -notext \
                    -startdate 20190102030405Z -enddate \(end) -out \(name).pem
                """
            let outcome = try await Running("sh", ["-c", script], folder: folder.path).wait(seconds: 60)
            #expect(outcome.status == 0, "\(outcome.said)")
        }
        let old = try folder.write("a", config(user: "{client-certificate: old.pem, client-key: old.key}"), mode: 0o600)
        let warnings = try load([old]).warnings
        #expect(warnings.map(\.code) == ["kubeconfig.certificate-expired"])
        #expect(warnings.first?.summary == "The client certificate expired on 2020-01-02")
        let new = try folder.write("b", config(user: "{client-certificate: new.pem, client-key: new.key}"), mode: 0o600)
        #expect(try load([new]).warnings.isEmpty)
        let pem = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/new.pem")))
        #expect(CertificateDates.expiry(pem: pem) == CalendarTime.date(2099, 1, 2, 3, 4, 5))
        for length in 0..<pem.count { _ = CertificateDates.expiry(pem: Array(pem.prefix(length))) }
    }

    struct Unexpected: Error {}
}
