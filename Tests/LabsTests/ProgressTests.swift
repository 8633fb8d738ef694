import Foundation
import KubernetesAPI
import Testing

@testable import Labs

@Suite("Progress of labs")
struct ProgressTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/labs-progress-\(UUID().uuidString)"
    private var store: ProgressStore { ProgressStore(folder: folder) }

    private func progress() throws -> (Lab, LabProgress) {
        let lab = try Sample.lab("object: {ref: configmap/a}")
        return (lab, LabProgress(lab, cluster: "a/b@c", nonce: "xabc", now: Sample.start))
    }

    @Test("Is found again, for each lab and cluster by itself")
    func saved() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var (_, progress) = try progress()
        progress.answers["it"] = "5"
        try store.save(progress)
        #expect(store.load("X1", cluster: "a/b@c") == progress)
        #expect(store.load("X1", cluster: "other") == nil)
        #expect(store.load("X2", cluster: "a/b@c") == nil)
        #expect(store.all() == [progress])
        #expect(progress.namespace == "lab-xabc")
        store.remove("X1", cluster: "a/b@c")
        #expect(store.load("X1", cluster: "a/b@c") == nil)
    }

    @Test("Names of clusters never leave the folder", arguments: ["../../x", "", "a b", "ä", ".."])
    func names(_ cluster: String) {
        let name = ProgressStore.fileName(cluster)
        #expect(!name.contains("/") && name != ".." && name != "." && !name.isEmpty)
    }

    @Test("A file that was cut short, and one half written beside it, cost nothing but themselves")
    func crashes() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (_, progress) = try progress()
        try store.save(progress)
        let directory = folder + "/" + ProgressStore.fileName("a/b@c")
        try "{\"lab\"".write(toFile: directory + "/X1.json.77-1", atomically: false, encoding: .utf8)
        #expect(store.load("X1", cluster: "a/b@c") == progress)
        #expect(store.all() == [progress])
        try "{\"lab\"".write(toFile: directory + "/X1.json", atomically: false, encoding: .utf8)
        #expect(store.load("X1", cluster: "a/b@c") == nil)
        try store.save(progress)
        #expect(store.load("X1", cluster: "a/b@c") == progress)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["X1.json", "X1.json.77-1"])
    }

    @Test("Written by many at once it is always whole")
    func atOnce() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (_, progress) = try progress()
        let store = store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    var mine = progress
                    mine.answers["it"] = String(number)
                    try store.save(mine)
                    #expect(store.load("X1", cluster: "a/b@c") != nil)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("A lab is passed when its goals have passed, and stays so")
    func passed() async throws {
        var (lab, progress) = try progress()
        #expect(progress.state == .started && progress.currentStep(of: lab)?.id == "one")
        let green = await LabEvaluation(
            Sample.context(lab, RecordedAPI(["/api/v1/namespaces/lab-xnonce/configmaps/a": .success([:])]))
        ).run(lab.checks)
        progress.take(green, of: lab, now: Sample.start)
        #expect(progress.state == .passed && progress.currentStep(of: lab) == nil)
        let red = await LabEvaluation(Sample.context(lab), waiting: .atMost(.zero)).run(lab.checks)
        progress.take(red, of: lab, now: Sample.start)
        #expect(progress.state == .passed)
        #expect(progress.events.map(\.what) == ["started", "checked", "checked"])
    }

    @Test("A run after a cleaned one has another nonce and forgets what it saw, not what was learned")
    func again() async throws {
        var (lab, progress) = try progress()
        let api = RecordedAPI(["/api/v1/namespaces/lab-xnonce/configmaps/a": .success([:])])
        progress.take(await LabEvaluation(Sample.context(lab, api)).run(lab.checks), of: lab, now: Sample.start)
        progress.isOpen = false
        progress.begin(lab, nonce: "xother", now: Sample.start)
        #expect(progress.isOpen && progress.state == .passed && progress.outcomes.isEmpty)
        #expect(progress.namespace == "lab-xother")
        #expect(progress.events.map(\.what) == ["started", "checked", "started"])
    }

    @Test("The lab without a namespace gets none, and each run has its own nonce")
    func nonces() {
        let nonces = Set((0..<200).map { _ in LabRun.makeNonce() })
        #expect(nonces.count > 190)
        #expect(nonces.allSatisfy { $0.count == 6 && $0.first == "x" })
    }
}
