import Foundation
import KubernetesAPI
import Testing

@testable import Frameworks

/// Ten thousand lines are parsed, rendered and planned in under a second and 200 MB.
///
/// Alone: memory is that of the whole process.
@Suite("Large files", .serialized, .timeLimit(.minutes(1))) struct LargeFileTests {
    /// Like the release files of large frameworks: definitions with deep schemas, and workloads.
    static let text: String = {
        var text = ""
        var number = 0
        while text.utf8.lazy.filter({ $0 == 0x0A }).count < 10_000 {
            number += 1
            text += """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata:
                  name: kinds\(number).large.example
                  labels: {app.kubernetes.io/name: large, app.kubernetes.io/version: "1.0"}
                spec:
                  group: large.example
                  names: {kind: Kind\(number), plural: kinds\(number)}
                  scope: Namespaced
                  versions:
                    - name: v1
                      served: true
                      storage: true
                      schema:
                        openAPIV3Schema:
                          type: object
                          properties:

                """
            for property in 0..<150 {
                text += """
                              field\(property):
                                description: What the field \(property) says about the object, in a sentence of some length.
                                type: object
                                x-kubernetes-preserve-unknown-fields: true

                    """
            }
            text += "---\n"
        }
        return text
    }()

    #if DEBUG
        /// Without the optimiser the same takes several times as long.
        static let seconds = 8.0
    #else
        static let seconds = 1.0
    #endif

    static func peak() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1])) << 10
    }

    /// Of this thread, which does all of it: what else the machine does counts for nothing.
    static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test func tenThousandLinesArePlanned() throws {
        var framework = try Toadstool.framework()
        framework.sources = [
            FrameworkSource(
                id: "large", origin: .url("https://large.invalid/all.yaml", mirrors: []), digests: [:], size: nil,
                include: [], exclude: [], patches: [], applies: Applicability())
        ]
        framework.phases = [framework.phases[0]]
        framework.phases[0].apply = ["large"]
        let release = try FrameworkRelease(framework, channel: framework.channels[0], cluster: try Toadstool.facts())
        let content = SourceContent(name: "all.yaml", bytes: Array(Self.text.utf8))
        #expect(Self.text.split(separator: "\n").count >= 10_000)
        // The peak begins anew here.
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        let before = try Self.peak()
        var start = Self.processorSeconds()
        let rendered = try RenderedRelease(release, contents: ["large": content], scope: KindScope())
        var seconds = Self.processorSeconds() - start
        // What the cluster would answer is made outside of the time.
        let observed = FrameworkPlannerTests.observed(rendered)
        start = Self.processorSeconds()
        let plan = FrameworkPlanner(rendered, observed).plan()
        seconds += Self.processorSeconds() - start
        #expect(plan.counts[.unchanged] == rendered.objects.count + 2)
        let memory = try Self.peak() - before
        #expect(seconds < Self.seconds)
        #expect(memory < 200 << 20)
        print("10,000 lines parsed, rendered and planned in \(Int(seconds * 1000)) ms, \(memory >> 20) MB")
    }
}
