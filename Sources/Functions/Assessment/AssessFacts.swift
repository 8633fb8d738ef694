/// Something that was measured, or why it could not be.
package enum Measured<Value: Sendable & Hashable>: Sendable, Hashable {
    case value(Value)
    case unknown(String)

    package var value: Value? { if case .value(let value) = self { value } else { nil } }
}

/// All that `assess` saw; what it means is judged elsewhere.
package struct AssessFacts: Sendable, Hashable {
    /// Two functions, one of which was changed and scaled.
    package struct Unit: Sendable, Hashable {
        /// From the order to the first answer, in seconds.
        package var deploySeconds: Double
        package var otherDeploySeconds: Double
        /// Instances of the first function that were replaced when the other one was changed; nil where instances are not seen.
        package var disturbed: Int?
        package var changeSeconds: Double

        package init(deploySeconds: Double, otherDeploySeconds: Double, disturbed: Int?, changeSeconds: Double) {
            self.deploySeconds = deploySeconds
            self.otherDeploySeconds = otherDeploySeconds
            self.disturbed = disturbed
            self.changeSeconds = changeSeconds
        }
    }

    /// What one had to know about machines to deploy.
    package struct Servers: Sendable, Hashable {
        /// `source` or `image`.
        package var input: String
        /// Parts of the order that name a machine, a container or a port.
        package var named: [String]
        /// Such parts that the framework asks for and that martlet took from its catalogue.
        package var supplied: [String]

        package init(input: String, named: [String], supplied: [String] = []) {
            self.input = input
            self.named = named
            self.supplied = supplied
        }
    }

    /// A word that was written into an instance's files.
    package struct Storage: Sendable, Hashable {
        package var written: Int
        /// Reads by the same instances that found it.
        package var found: Int
        /// Reads by new instances, and how many of them found it.
        package var fresh: Int
        package var foundFresh: Int

        package init(written: Int, found: Int, fresh: Int, foundFresh: Int) {
            self.written = written
            self.found = found
            self.fresh = fresh
            self.foundFresh = foundFresh
        }
    }

    /// An instance killed under load.
    package struct Fault: Sendable, Hashable {
        package var sent: Int
        package var lost: Int
        /// The reasons, by how often.
        package var reasons: [String: Int]
        /// Until as many instances as before were ready; nil if that did not happen.
        package var recoverySeconds: Double?
        /// The longest time without an answer.
        package var gapSeconds: Double

        package init(sent: Int, lost: Int, reasons: [String: Int], recoverySeconds: Double?, gapSeconds: Double) {
            self.sent = sent
            self.lost = lost
            self.reasons = reasons
            self.recoverySeconds = recoverySeconds
            self.gapSeconds = gapSeconds
        }
    }

    /// Where instances ran.
    package struct Places: Sendable, Hashable {
        /// Nodes that take pods.
        package var nodes: Int
        package var used: Int
        /// Most at one time.
        package var instances: Int

        package init(nodes: Int, used: Int, instances: Int) {
            self.nodes = nodes
            self.used = used
            self.instances = instances
        }
    }

    /// More requests at a time than before.
    package struct Scaling: Sendable, Hashable {
        package var workers: Int
        package var before: Int
        package var most: Int
        /// Until there was one more than before; nil if that did not happen.
        package var firstSeconds: Double?
        /// Requests a second with one worker, and at the end with all.
        package var calmRate: Double
        package var loadRate: Double
        /// In milliseconds.
        package var calmMedian: Double
        package var loadMedian: Double
        package var loadP95: Double
        package var sent: Int
        package var lost: Int
        /// After the load, until there were as many as before; nil if that did not happen in time.
        package var returnSeconds: Double?
        package var waitedSeconds: Double

        package init(
            workers: Int, before: Int, most: Int, firstSeconds: Double?, calmRate: Double, loadRate: Double,
            calmMedian: Double, loadMedian: Double, loadP95: Double, sent: Int, lost: Int, returnSeconds: Double?,
            waitedSeconds: Double
        ) {
            self.workers = workers
            self.before = before
            self.most = most
            self.firstSeconds = firstSeconds
            self.calmRate = calmRate
            self.loadRate = loadRate
            self.calmMedian = calmMedian
            self.loadMedian = loadMedian
            self.loadP95 = loadP95
            self.sent = sent
            self.lost = lost
            self.returnSeconds = returnSeconds
            self.waitedSeconds = waitedSeconds
        }
    }

    /// No requests for a while.
    package struct Idle: Sendable, Hashable {
        package var waitedSeconds: Double
        /// At the end.
        package var instances: Int
        /// Until there was none; nil if that did not happen.
        package var zeroSeconds: Double?
        /// Reserved at the end by what is left, in millicores and MiB.
        package var millicores: Int
        package var mebibytes: Int
        /// Whether the framework claims to leave none.
        package var isForeseen: Bool

        package init(
            waitedSeconds: Double, instances: Int, zeroSeconds: Double?, millicores: Int, mebibytes: Int,
            isForeseen: Bool = true
        ) {
            self.isForeseen = isForeseen
            self.waitedSeconds = waitedSeconds
            self.instances = instances
            self.zeroSeconds = zeroSeconds
            self.millicores = millicores
            self.mebibytes = mebibytes
        }
    }

    /// The first request when nothing ran.
    package struct ColdStart: Sendable, Hashable {
        package var seconds: Double
        /// In milliseconds.
        package var warmMedian: Double

        package init(seconds: Double, warmMedian: Double) {
            self.seconds = seconds
            self.warmMedian = warmMedian
        }
    }

    /// Languages that were deployed and answered, and why others did not.
    package struct Languages: Sendable, Hashable {
        package var answered: [String]
        package var failed: [String: String]
        /// Images that cannot be had here, which says nothing of the framework.
        package var unavailable: [String: String]

        package init(answered: [String], failed: [String: String] = [:], unavailable: [String: String] = [:]) {
            self.answered = answered
            self.failed = failed
            self.unavailable = unavailable
        }
    }

    package struct Image: Sendable, Hashable {
        package var isTaken: Bool
        package var seconds: Double
        /// Why not; empty if it answered.
        package var problem: String
        /// Of the answer, 0 if there was none.
        ///
        /// What others wrote may refuse the words of this trial, and has answered all the same.
        package var status: Int

        package init(isTaken: Bool, seconds: Double, problem: String, status: Int = 0) {
            self.isTaken = isTaken
            self.seconds = seconds
            self.problem = problem
            self.status = status
        }
    }

    package struct Logs: Sendable, Hashable {
        /// Until a line that the function wrote was found; nil if it was not.
        package var seconds: Double?
        package var waitedSeconds: Double

        package init(seconds: Double?, waitedSeconds: Double) {
            self.seconds = seconds
            self.waitedSeconds = waitedSeconds
        }
    }

    package struct Metrics: Sendable, Hashable {
        /// Empty if there is none.
        package var name: String
        package var sent: Int
        package var counted: Int
        package var seconds: Double

        package init(name: String, sent: Int, counted: Int, seconds: Double) {
            self.name = name
            self.sent = sent
            self.counted = counted
            self.seconds = seconds
        }
    }

    package var unit: Measured<Unit>
    /// The other function's instances while the first was scaled or loaded: those that changed.
    package var isolation: Measured<Int>
    package var servers: Measured<Servers>
    package var storage: Measured<Storage>
    package var fault: Measured<Fault>
    package var places: Measured<Places>
    package var scaling: Measured<Scaling>
    package var idle: Measured<Idle>
    package var coldStart: Measured<ColdStart>
    package var languages: Measured<Languages>
    package var image: Measured<Image>
    package var logs: Measured<Logs>
    package var metrics: Measured<Metrics>

    /// Nothing was measured yet.
    package init(_ reason: String) {
        unit = .unknown(reason)
        isolation = .unknown(reason)
        servers = .unknown(reason)
        storage = .unknown(reason)
        fault = .unknown(reason)
        places = .unknown(reason)
        scaling = .unknown(reason)
        idle = .unknown(reason)
        coldStart = .unknown(reason)
        languages = .unknown(reason)
        image = .unknown(reason)
        logs = .unknown(reason)
        metrics = .unknown(reason)
    }
}
