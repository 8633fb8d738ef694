internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Functions
internal import Reporting

struct FunctionDeployCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Deploy a function from source or an image, or change it.",
        discussion: """
            Waits until it can answer, and says what keeps it from that: which image on which node, for instance. Source goes to the \
            cluster as it is; nothing is built. What the framework cannot do is refused before anything is written.

            Example:
              martlet function deploy hello --source hello/handler.py
              martlet function deploy figlet --image ghcr.io/openfaas/figlet:latest --min 1 --max 5
              martlet function deploy report --source report --schedule '0 6 * * *' --env LANG=de --secret mail
            """)

    @Argument(help: "The function's name: a DNS label.")
    var name: String

    @Option(help: "A file or a folder of source.", completion: .file())
    var source: String?

    @Option(help: "A container image that does what the framework expects of one.")
    var image: String?

    @Option(help: "The runtime of source (default: by the file's ending).")
    var runtime: String?

    @Option(help: "What is called, FILE.FUNCTION (default: the framework's usual name).")
    var handler: String?

    @Option(help: "An image with the interpreter, instead of the runtime's own.")
    var runtimeImage: String?

    @Option(help: "The command that handles a request, in images with a watchdog.")
    var command: String?

    @Option(name: [.short, .customLong("env")], help: "NAME=VALUE, several times; secrets do not belong here.")
    var environment: [String] = []

    @Option(help: "The name of a Secret in the functions' namespace, several times.")
    var secret: [String] = []

    @Option(help: "NAME=VALUE, several times.")
    var label: [String] = []

    @Option(help: "NAME=VALUE, several times.")
    var annotation: [String] = []

    @Option(help: "For one request, in seconds.")
    var timeout: Int?

    @Option(help: "A quantity such as 128Mi.")
    var memory: String?

    @Option(help: "A quantity such as 200m.")
    var cpu: String?

    @Option(help: "Fewest instances.")
    var min: Int?

    @Option(help: "Most instances.")
    var max: Int?

    @Option(help: "Call it by a schedule: five fields of cron or a word such as @hourly, UTC.")
    var schedule: String?

    @Option(help: "What a schedule sends.")
    var payload: String?

    @Option(help: "Call it for messages of this topic.")
    var queue: String?

    @Option(help: "Reach it at HOST/PATH or /PATH: an Ingress, a web action or a route.")
    var http: String?

    @Option(help: "The image of what calls it by schedule, where that is a CronJob: a shell with wget or curl.")
    var triggerImage: String?

    @Option(help: "How long to wait until it can answer, in seconds; 0 does not wait.")
    var wait = 180

    @OptionGroup var options: FunctionOptions

    @Option(help: "text or json.")
    var format: FunctionFormat = .text

    func validate() throws {
        guard (source == nil) != (image == nil) else { throw ValidationError("give either --source or --image") }
        guard (0...DeployWords.seconds.upperBound).contains(wait) else {
            throw ValidationError("--wait takes a number of seconds from 0 to \(DeployWords.seconds.upperBound)")
        }
        if let timeout, !DeployWords.seconds.contains(timeout) {
            throw ValidationError("--timeout takes a number of seconds from 1 to \(DeployWords.seconds.upperBound)")
        }
        for number in [min, max].compactMap({ $0 }) where number < 0 {
            throw ValidationError("--min and --max take numbers from 0 on")
        }
        if let min, let max, min > max { throw ValidationError("--min is more than --max") }
        if let schedule, let fault = CronSchedule.fault(schedule) { throw ValidationError("--schedule: \(fault)") }
        guard payload == nil || schedule != nil else { throw ValidationError("--payload belongs to --schedule") }
        try DeployWords.checkAmounts(memory: memory, cpu: cpu)
        try DeployWords.checkEnvironment(environment)
        try DeployWords.checkLabels(label)
        try DeployWords.checkAnnotations(annotation)
    }

    func run() async throws {
        try FunctionName.check(name)
        let session = try FunctionSession(options)
        try await session.closing {
            var site = try await session.site()
            if let triggerImage { site.triggerImage = triggerImage }
            let platform = try session.platform(site)
            let order = try order(for: site)
            let change = try await platform.deploy(order)
            WayMemory(options.identity).remember(nil, of: name)
            Conversation.say("\(name) \(change.rawValue) on \(site.framework)")
            var record = try await platform.find(name)
            if wait > 0 {
                let objects = FunctionObjects(session.client.cluster)
                record = try await FunctionWait(objects, deadline: .seconds(wait)).run(
                    name, pods: platform.pods(name)
                ) { () throws(Diagnostic) in try await platform.find(name) }
            }
            guard let record else { return }
            let terminal = Terminal.of(1)
            print(
                format == .json ? FunctionViews.json(record) : FunctionViews.text(record, on: terminal), terminator: "")
        }
    }

    func order(for site: FunctionSite) throws(Diagnostic) -> FunctionOrder {
        let code: FunctionOrder.Code
        if let image {
            code = .image(image)
        } else {
            code = .source(
                try SourceReader.read(
                    source ?? "", limit: site.sourceLimit, framework: site.framework, handler: handler))
        }
        var triggers: [FunctionTrigger] = []
        if let schedule { triggers.append(.schedule(cron: schedule, payload: payload)) }
        if let queue { triggers.append(.queue(topic: queue)) }
        if let http {
            let host = http.prefix { $0 != "/" }
            let path = http.dropFirst(host.count)
            triggers.append(.http(host: host.isEmpty ? nil : String(host), path: path.isEmpty ? "/" : String(path)))
        }
        return FunctionOrder(
            name: name, code: code, runtime: runtime, handler: handler, runtimeImage: runtimeImage, command: command,
            environment: Self.pairs(environment), secrets: secret, labels: Self.pairs(label),
            annotations: Self.pairs(annotation), timeout: timeout, memory: memory, cpu: cpu, minimum: min, maximum: max,
            triggers: triggers)
    }

    static func pairs(_ words: [String]) -> [String: String] {
        Dictionary(
            words.map { word in
                let pair = PairWords.split(word)
                return (pair.name, pair.value)
            }, uniquingKeysWith: { $1 })
    }
}
