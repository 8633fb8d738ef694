import ClusterModel
import Diagnostics
import Digests
import Foundation
import TestSupport
import Testing

@testable import Bundles

@Suite("Opening bundles") struct OfflineBundleTests {
    /// The codes that opening throws; empty if it opens.
    func codes(_ path: String) -> [String] { problems(path).map(\.code) }

    func problems(_ path: String) -> [Diagnostic] {
        do {
            _ = try OfflineBundle.open(path)
            return []
        } catch let problems as Diagnostics {
            #expect(problems.list.allSatisfy { $0.exitCode == .invalid && $0.severity == .error })
            return problems.list
        } catch {
            Issue.record("another error: \(error)")
            return []
        }
    }

    @Test func folder() throws {
        let maker = try BundleMaker()
        try maker.write("notes.txt", [65])
        let bundle = try OfflineBundle.open(maker.folder)
        #expect(bundle.container == .folder && bundle.name == "small" && bundle.unlisted == ["notes.txt"])
        let release = bundle.release
        #expect(release.kubernetesVersion == KubernetesVersion(1, 31, 4) && release.architecture == .amd64)
        #expect(release.binaries.map(\.name) == ["kubeadm", "kubelet", "kubectl"])
        #expect(release.imageRepository == "registry.example" && release.etcdTag == "3.5.15-0")
        #expect(release.pauseImage == "registry.example/pause:3.10")
        #expect(release.clusterDNS == .coreDNS && !release.bringsRuntime)
        #expect(release.packages(for: "debian-12").map(\.name) == ["containerd"])
        #expect(release.packages(for: "debian-11").isEmpty)
        #expect(release.manifests.map(\.name) == ["flannel"] && release.cniPlugins.map(\.name) == ["bridge"])
        #expect(
            release.binary("kubelet")?.content == .file(path: maker.folder + "/bin/kubelet", offset: 0))
        #expect(bundle.manifestDigest.count == 64 && release.artefacts.count == 13)
        let data = try JSONEncoder().encode(release)
        #expect(try JSONDecoder().decode(Release.self, from: data) == release)
    }

    @Test(arguments: [
        ["--format=gnu"], ["--format=pax"], ["--format=posix", "--pax-option=comment=hello"], ["--format=oldgnu"],
    ])
    func tars(arguments: [String]) throws {
        let maker = try BundleMaker()
        for top in [".", "folder"] {
            let path = try maker.tar(arguments, top: top)
            let bundle = try OfflineBundle.open(path)
            #expect(bundle.container == .tar && bundle.entries.count == 13 && bundle.unlisted.isEmpty)
            for artefact in bundle.release.artefacts {
                let place = artefact.content.place
                let file = try ReadableFile(place.path)
                #expect(Digest.sha256(try file.bytes(at: place.offset, count: Int(artefact.size))) == artefact.sha256)
            }
        }
    }

    @Test func ownDNSAndRuntime() throws {
        let maker = try BundleMaker(dns: "martlet/cluster-dns:0.1.0")
        for name in ["containerd", "containerd-shim-runc-v2", "ctr", "runc"] {
            try maker.add("bin/\(name)", BundleMaker.elf(name), kind: "binary", ["name": name, "version": "1"])
        }
        try maker.save()
        let release = try OfflineBundle.open(maker.folder).release
        #expect(release.clusterDNS == .martlet(image: "registry.example/martlet/cluster-dns:0.1.0"))
        #expect(release.bringsRuntime)
        try maker.remove("bin/runc")
        #expect(codes(maker.folder) == ["bundle.missing-binary"])
    }

    @Test func nothingThere() throws {
        #expect(codes("/nowhere/at/all") == ["bundle.not-found"])
        let maker = try BundleMaker()
        #expect(codes(maker.folder + "/bin/kubeadm") == ["bundle.not-tar"])
        #expect(codes(maker.folder + "/bin") == ["bundle.no-manifest"])
        #expect(codes("/dev/null") == ["bundle.unreadable"])
    }

    @Test(arguments: ["gzip", "zstd", "xz"]) func compressed(program: String) throws {
        let maker = try BundleMaker()
        let path = try maker.tar()
        let packed = path + ".packed"
        defer { try? FileManager.default.removeItem(atPath: packed) }
        do { try Running.succeed("sh", ["-c", "\(program) -c \(path) > \(packed)"]) } catch { return }
        let problem = problems(packed).first
        #expect(problem?.code == "bundle.compressed" && problem?.summary.contains(program) == true)
        #expect(problem?.hint == "unpack it first: \(program) -dc \(packed) > bundle.tar")
    }

    @Test(arguments: ["gnu", "posix"]) func sparse(format: String) throws {
        let maker = try BundleMaker()
        try Running.succeed("truncate", ["-s", "1M", maker.folder + "/hole"])
        #expect(codes(try maker.tar(["--sparse", "--format=\(format)"])) == ["bundle.sparse"])
    }

    @Test func cutOff() throws {
        let maker = try BundleMaker()
        let path = try maker.tar()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for size in stride(from: whole.count - 20_480, to: 600, by: -1500) {
            try whole.prefix(size).write(to: URL(fileURLWithPath: path))
            #expect(!codes(path).isEmpty)
        }
        try whole.prefix(2000).write(to: URL(fileURLWithPath: path))
        #expect(Set(codes(path)).isSubset(of: ["bundle.truncated", "bundle.no-manifest"]))
    }

    @Test func damagedHeader() throws {
        let maker = try BundleMaker()
        let path = try maker.tar()
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[512 + 10] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(codes(path) == ["bundle.bad-tar"])
    }

    @Test func memberTwice() throws {
        let maker = try BundleMaker()
        let path = try maker.tar()
        try Running.succeed("tar", ["-rf", path, "-C", maker.folder, "./bin/kubelet"])
        #expect(codes(path) == ["bundle.duplicate-path"])
    }

    @Test func filesThatAreNotAsListed() throws {
        let maker = try BundleMaker()
        try maker.write("bin/kubeadm", [1, 2, 3])
        try FileManager.default.removeItem(atPath: maker.folder + "/cni/bridge")
        let problems = problems(maker.folder)
        #expect(problems.map(\.code) == ["bundle.size-mismatch", "bundle.missing-file"])
        let lines = try String(contentsOfFile: maker.folder + "/bundle.json", encoding: .utf8).split(separator: "\n")
        let location = try #require(problems.first?.location)
        #expect(location.file == maker.folder + "/bundle.json")
        #expect(lines[location.line - 1].contains("{"))
        #expect(lines[(location.line - 1)...].prefix(8).contains { $0.contains("bin/kubeadm") })
    }

    @Test func links() throws {
        let maker = try BundleMaker()
        let manager = FileManager.default
        try manager.moveItem(atPath: maker.folder + "/cni", toPath: maker.folder + "/real")
        try manager.createSymbolicLink(atPath: maker.folder + "/cni", withDestinationPath: "real")
        try manager.removeItem(atPath: maker.folder + "/bin/kubeadm")
        try manager.createSymbolicLink(atPath: maker.folder + "/bin/kubeadm", withDestinationPath: "/etc/hostname")
        #expect(codes(maker.folder) == ["bundle.link", "bundle.link"])
        #expect(codes(try maker.tar()) == ["bundle.link", "bundle.link"])
    }

    @Test(arguments: [
        "../evil", "/etc/passwd", "a/../../b", "a//b", "./a", "a/.", "", "bundle.json", "a\u{7}b", "a\\b",
        String(repeating: "x", count: 1025),
    ])
    func badPaths(path: String) throws {
        let maker = try BundleMaker()
        maker.files.append(
            [
                "path": path, "kind": "manifest", "name": "evil", "size": 1,
                "sha256": String(repeating: "0", count: 64),
            ])
        try maker.save()
        #expect(codes(maker.folder) == ["bundle.bad-path"])
    }

    @Test func duplicates() throws {
        let maker = try BundleMaker()
        maker.files.append(maker.files[0])
        try maker.add("bin/second", BundleMaker.elf("x"), kind: "binary", ["name": "kubelet", "version": "v1.31.4"])
        try maker.save()
        #expect(codes(maker.folder) == ["bundle.duplicate-path", "bundle.duplicate-name"])
    }

    @Test(arguments: [
        ("bin/kubeadm", "version", "v1.31.3", "bundle.version-mismatch"),
        ("bin/kubeadm", "version", "1.31.4", ""),
        ("bin/kubeadm", "name", "kube/adm", "bundle.bad-value"),
        ("bin/kubeadm", "name", "-rf", "bundle.bad-value"),
        ("bin/kubeadm", "kind", "binari", "bundle.bad-value"),
        ("bin/kubeadm", "sha256", "ABC", "bundle.bad-value"),
        ("bin/kubeadm", "sise", "1", "bundle.unknown-key"),
        ("bin/kubeadm", "references", "x", "bundle.unknown-key"),
        ("manifests/cni.yaml", "version", "a\nb", "bundle.bad-value"),
    ])
    func entries(path: String, key: String, value: String, code: String) throws {
        let maker = try BundleMaker()
        try maker.change(path, [key: value])
        let codes = codes(maker.folder)
        #expect(code.isEmpty ? codes.isEmpty : codes.contains(code))
    }

    @Test(arguments: ["path", "kind", "size", "sha256", "name"]) func missingKeys(key: String) throws {
        let maker = try BundleMaker()
        try maker.change("manifests/cni.yaml", [key: nil])
        #expect(codes(maker.folder) == ["bundle.missing-key"])
    }

    @Test(arguments: ["-1", "1.5", "\"1\"", "1e3", "99999999999999999999", "true", "null", "[]"])
    func sizes(text: String) throws {
        let maker = try BundleMaker()
        try maker.change("manifests/cni.yaml", ["size": 424_242])
        let file = URL(fileURLWithPath: maker.folder + "/bundle.json")
        let json = try String(contentsOf: file, encoding: .utf8)
        try json.replacingOccurrences(of: "424242", with: text).write(to: file, atomically: true, encoding: .utf8)
        #expect(codes(maker.folder) == ["bundle.bad-value"])
    }

    @Test(arguments: [
        ("apiVersion", "martlet/v2", "bundle.bad-value"), ("kind", "Box", "bundle.bad-value"),
        ("kubernetesVersion", "1.31", "bundle.bad-value"), ("architecture", "x86_64", "bundle.bad-value"),
        ("archtecture", "amd64", "bundle.unknown-key"),
    ])
    func head(key: String, value: String, code: String) throws {
        let maker = try BundleMaker()
        maker.manifest[key] = value
        try maker.save()
        let problems = problems(maker.folder)
        #expect(problems.map(\.code) == [code])
        if key == "architecture" { #expect(problems.first?.hint == "write amd64") }
        if key == "archtecture" { #expect(problems.first?.hint == "did you mean architecture?") }
    }

    @Test(arguments: [
        "registry.example/pause", "registry.example/pause@sha256:abc", "registry.example//pause:1", "a b:1", ":1",
    ])
    func references(text: String) throws {
        let maker = try BundleMaker()
        try maker.change("images/pause.tar", ["references": [text]])
        // And not that the image is missing: the entry that may hold it could not be read.
        #expect(codes(maker.folder) == ["bundle.bad-reference"])
    }

    @Test func missingContent() throws {
        for path in ["kube-apiserver", "kube-proxy", "etcd", "pause", "coredns"] {
            let maker = try BundleMaker()
            try maker.remove("images/\(path).tar")
            #expect(codes(maker.folder) == ["bundle.missing-image"])
        }
        for name in ["kubeadm", "kubelet", "kubectl"] {
            let maker = try BundleMaker()
            try maker.remove("bin/\(name)")
            #expect(codes(maker.folder) == ["bundle.missing-binary"])
        }
        let maker = try BundleMaker()
        try maker.change("images/kube-proxy.tar", ["references": ["registry.example/kube-proxy:v1.31.3"]])
        try maker.change("images/kube-scheduler.tar", ["references": ["elsewhere/kube-scheduler:v1.31.4"]])
        #expect(codes(maker.folder) == ["bundle.missing-image", "bundle.version-mismatch"])
    }

    @Test(arguments: ["v1.30.9": ["bundle.missing-binary"], "v1.31.0": []])
    func crictl(version: String, expected: [String]) throws {
        let maker = try BundleMaker()
        maker.manifest["kubernetesVersion"] = version
        for name in ["kubeadm", "kubelet", "kubectl"] { try maker.change("bin/\(name)", ["version": version]) }
        for name in ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"] {
            try maker.change("images/\(name).tar", ["references": ["registry.example/\(name):\(version)"]])
        }
        #expect(codes(maker.folder) == expected)
        try maker.add("bin/crictl", BundleMaker.elf("crictl"), kind: "binary", ["name": "crictl"])
        try maker.save()
        #expect(codes(maker.folder).isEmpty)
    }

    @Test func allProblemsAtOnce() throws {
        let maker = try BundleMaker()
        try maker.remove("bin/kubectl")
        try maker.remove("images/etcd.tar")
        try maker.change("bin/kubelet", ["version": "v1.30.0"])
        try maker.write("cni/bridge", [])
        #expect(
            codes(maker.folder) == [
                "bundle.size-mismatch", "bundle.version-mismatch", "bundle.missing-binary", "bundle.missing-image",
            ])
    }

    @Test(arguments: [
        "", "[]", "null", "{", "{}", "a: b", "{\"apiVersion\": martlet/v1}", "{'kind': 'Bundle'}",
        "{\"kind\": \"Bundle\", \"kind\": \"Bundle\"}", "\u{0}",
    ])
    func notAManifest(text: String) throws {
        let maker = try BundleMaker()
        try maker.write("bundle.json", Array(text.utf8))
        #expect(!codes(maker.folder).isEmpty)
        #expect(problems(maker.folder).allSatisfy { $0.code.hasPrefix("bundle.") && $0.location?.line == 1 })
    }

    @Test func duplicateKeysOfTheManifest() throws {
        let maker = try BundleMaker()
        let file = URL(fileURLWithPath: maker.folder + "/bundle.json")
        let json = try String(contentsOf: file, encoding: .utf8)
        try json.replacingOccurrences(
            of: "\"kind\" : \"Bundle\",", with: "\"kind\" : \"Bundle\",\n \"kind\": \"Bundle\","
        )
        .write(to: file, atomically: true, encoding: .utf8)
        #expect(codes(maker.folder) == ["bundle.duplicate-key"])
    }
}
