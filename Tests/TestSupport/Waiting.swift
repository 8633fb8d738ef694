/// Asks again and again until the answer is there, with a pause in between.
///
/// - Throws: `Failure` after `limit` seconds.
@discardableResult
package func eventually<Value>(
    _ what: String, within limit: Double = 60, every pause: Duration = .milliseconds(100),
    _ ask: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(limit)
    while true {
        if let value = try await ask() { return value }
        guard ContinuousClock.now < deadline else { throw Failure("\(what): not within \(Int(limit)) s") }
        try await Task.sleep(for: pause)
    }
}

/// Waits until a condition holds.
///
/// - Throws: `Failure` after `limit` seconds.
package func waitUntil(
    _ what: String, within limit: Double = 60, every pause: Duration = .milliseconds(20),
    _ condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: limit, every: pause) { try await condition() ? true : nil }
}
