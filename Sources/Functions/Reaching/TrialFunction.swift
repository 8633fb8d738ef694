package import Diagnostics

/// A function that is deployed to see what comes of it, and taken away whatever happens.
package struct TrialFunction: Sendable {
    /// What came of asking it.
    package struct Answer: Sendable {
        package var last: Result<InvocationAnswer, Diagnostic>
        package var isRight: Bool
        package var requests: Int
    }

    let platform: any FunctionPlatform
    let objects: FunctionObjects
    let order: FunctionOrder

    package init(_ platform: any FunctionPlatform, _ objects: FunctionObjects, order: FunctionOrder) {
        self.platform = platform
        self.objects = objects
        self.order = order
    }

    /// Until an instance is ready.
    package func deploy(within deadline: Duration) async throws(Diagnostic) {
        _ = try await platform.deploy(order)
        _ = try await FunctionWait(objects, deadline: deadline).run(order.name, pods: platform.pods(order.name)) {
            () throws(Diagnostic) in try await platform.find(order.name)
        }
    }

    /// Asks until the answer is right: a route may know a function later than its instance is ready.
    ///
    /// - Parameter pause: between two requests; none is begun whose pause would end after the limit.
    package func ask(
        _ invocation: Invocation, within limit: Duration, pause: Duration,
        isRight: (InvocationAnswer) -> Bool = { $0.isSuccess }
    ) async -> Answer {
        let clock = ContinuousClock()
        let start = clock.now
        var requests = 0
        while true {
            requests += 1
            let answer: Result<InvocationAnswer, Diagnostic>
            do throws(Diagnostic) { answer = .success(try await platform.invoke(order.name, invocation)) } catch {
                answer = .failure(error)
            }
            if case .success(let value) = answer, isRight(value) {
                return Answer(last: answer, isRight: true, requests: requests)
            }
            let wrong = Answer(last: answer, isRight: false, requests: requests)
            guard clock.now - start + pause < limit else { return wrong }
            do { try await clock.sleep(for: pause) } catch { return wrong }
        }
    }

    /// Takes functions away at the same time and waits until they are gone.
    ///
    /// Not a part of the caller's task: an interruption must not keep it from tidying up.
    /// - Returns: what was in the way, by name; functions that were not there are none.
    package static func remove(_ names: [String], from platform: any FunctionPlatform) async -> [String: Diagnostic] {
        let removal = Task {
            await withTaskGroup(of: (String, Diagnostic?).self, returning: [String: Diagnostic].self) { group in
                for name in Set(names) { group.addTask { await Self.removal(of: name, platform) } }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }
        return await removal.value
    }

    private static func removal(of name: String, _ platform: any FunctionPlatform) async -> (String, Diagnostic?) {
        do throws(Diagnostic) { try await platform.remove(name) } catch {
            return (name, error.code == "function.not-found" ? nil : error)
        }
        return (name, nil)
    }
}

extension FunctionPlatform {
    /// Deletes a function and waits until the framework no longer knows it.
    ///
    /// - Throws: `function.not-found`; `function.not-deleted` after two minutes: pods have a grace, and a busy kubelet takes its time.
    package func remove(_ name: String) async throws(Diagnostic) {
        try await delete(name)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(120)
        while try await find(name) != nil {
            guard clock.now < end else {
                throw Diagnostic(
                    code: "function.not-deleted", "\(name) is still there after 120 s",
                    hint: "a finalizer may hold it: `martlet framework status \(site.framework)`")
            }
            do { try await clock.sleep(for: .milliseconds(200)) } catch {
                throw Diagnostic(
                    code: "function.interrupted", "\(name) is being deleted", hint: "it goes on by itself",
                    exitCode: .interrupted)
            }
        }
    }
}
