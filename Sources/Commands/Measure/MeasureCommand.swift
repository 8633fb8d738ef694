internal import ArgumentParser

/// What scripts/benchmark needs and no user does: parts of the program on their own, so that their cost can be told.
struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Run a part of the program on its own, for the benchmarks.",
        shouldDisplay: false,
        subcommands: [MeasurePlan.self, MeasureConnect.self, MeasureProbes.self, MeasureCopy.self])
}
