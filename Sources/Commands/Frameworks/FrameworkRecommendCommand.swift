internal import ArgumentParser
internal import Diagnostics
internal import Frameworks
internal import Reporting

struct FrameworkRecommendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommend",
        abstract: "Rank the frameworks for a cluster and what you need, with the reasons.",
        discussion: """
            What a framework cannot do leaves it out; the rest is ranked by points, each with its reason. On a terminal it asks for what \
            was not given. Of a framework whose file is wrong that is said, and the exit status is 65.

            Example:
              martlet framework recommend -f cluster.yaml --scale-to-zero
              martlet framework recommend --no-cluster --from-source --offline --format json
            """)

    @OptionGroup var place: FrameworkPlace
    @OptionGroup var cluster: ClusterChoice

    @Flag(name: .customLong("no-cluster"), help: "Ask no cluster: its version and size do not count.")
    var noCluster = false

    @Flag(name: .customLong("scale-to-zero"), help: "Functions that nobody calls must cost nothing.")
    var scaleToZero = false

    @Flag(name: .customLong("traffic-split"), help: "Requests must be split between versions.")
    var trafficSplit = false

    @Flag(name: .customLong("from-source"), help: "Source must be deployed without an image and a registry.")
    var fromSource = false

    @Flag(help: "It must run without the internet.")
    var offline = false

    @Flag(help: "Somebody must maintain it.")
    var maintained = false

    @Flag(name: .customLong("free-licence"), help: "Its images must be free to pass on.")
    var freeLicence = false

    @Option(help: "A trigger that it must have: http, schedule, queue, event; may be given often.")
    var trigger: [Trigger] = []

    @Option(
        help: "Most memory that it may request: a quantity such as 512Mi, or a number of MiB.",
        transform: { try MemoryWord($0) })
    var memory: MemoryWord?

    @Option(help: "The lesson or lab that it is for.")
    var lesson: String?

    @Flag(help: "Ask nothing on the terminal.")
    var quiet = false

    @Option(help: "text or json.")
    var format: FrameworkFormat = .text

    enum Trigger: String, ExpressibleByArgument, CaseIterable {
        case http
        case schedule
        case queue
        case event
    }

    func validate() throws {
        guard !noCluster || cluster.file == nil && cluster.kubeconfig == nil && cluster.context == nil else {
            throw ValidationError("--no-cluster asks none: leave out --file, --kubeconfig and --context")
        }
    }

    func run() async throws {
        let readable = ReadableFrameworks(try place.catalogue())
        let frameworks = readable.frameworks
        Conversation.show(readable.faults)
        let criteria = criteria()
        let recommendation: Recommendation
        if noCluster {
            recommendation = Recommendation(frameworks, criteria: criteria, cluster: nil)
        } else {
            recommendation = try await FrameworkSession.with(cluster, place) { session in
                let facts = try await ClusterFacts.ask(session.client, storageClasses: true)
                return Recommendation(
                    frameworks, criteria: criteria, cluster: facts, neighbours: session.neighbours)
            }
        }
        switch format {
        case .json: print(RecommendationView.json(recommendation), terminator: "")
        case .text: print(RecommendationView.text(recommendation, on: .of(1)), terminator: "")
        }
        try ProgramExit.leave(with: Diagnostics(readable.faults).exitCode)
    }

    private func criteria() -> FrameworkCriteria {
        var criteria = FrameworkCriteria()
        criteria.scaleToZero = scaleToZero
        criteria.trafficSplit = trafficSplit
        criteria.fromSource = fromSource
        criteria.offline = offline
        criteria.maintained = maintained
        criteria.freeLicence = freeLicence
        criteria.triggers = trigger.compactMap { FrameworkTraits.Trigger(rawValue: $0.rawValue) }
        criteria.memory = memory?.bytes
        criteria.lesson = lesson
        let isOpen = criteria == FrameworkCriteria()
        guard isOpen, !quiet, format == .text else { return criteria }
        let questions: [(String, WritableKeyPath<FrameworkCriteria, Bool>)] = [
            ("Must functions that nobody calls cost nothing? [y/N] ", \.scaleToZero),
            ("Must source be deployed without an image and a registry? [y/N] ", \.fromSource),
            ("Must it run without the internet? [y/N] ", \.offline),
            ("Must requests be split between versions? [y/N] ", \.trafficSplit),
            ("Must somebody maintain it? [y/N] ", \.maintained),
        ]
        for (text, path) in questions {
            guard let answer = Conversation.question(text) else { break }
            criteria[keyPath: path] = ["y", "yes"].contains(answer.lowercased())
        }
        return criteria
    }
}

/// An amount of memory: a quantity of Kubernetes, or digits alone for MiB.
struct MemoryWord {
    var bytes: Int

    /// - Throws: for what is none, for nothing and for what no machine has.
    init(_ word: String) throws {
        let isPlain = word.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard let amount = QuantityWord.positive(isPlain ? word + "Mi" : word), amount >= 1, amount < 1e18 else {
            throw ValidationError("expected a quantity such as 512Mi, or a number of MiB")
        }
        bytes = Int(amount)
    }
}
