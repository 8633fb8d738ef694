/// How hard it is tried, and what is expected.
package struct AssessLimits: Sendable, Hashable {
    package static let mostWorkers = 200

    /// Requests at a time under load, `mostWorkers` at most.
    package var workers: Int
    package var load: Duration
    /// What each request under load takes in the function, in milliseconds.
    package var work: Int
    /// How long nothing is asked before it is called idle forever.
    package var idle: Duration
    /// Until something was deployed, replaced or scaled back.
    package var patience: Duration
    /// Of requests, in percent, that may be lost when an instance is killed.
    package var lost: Double

    package init(
        workers: Int = 20, load: Duration = .seconds(45), work: Int = 200, idle: Duration = .seconds(180),
        patience: Duration = .seconds(180), lost: Double = 1
    ) {
        self.workers = workers
        self.load = load
        self.work = work
        self.idle = idle
        self.patience = patience
        self.lost = lost
    }
}
