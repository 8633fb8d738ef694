package import KubernetesAPI

/// Something that must be so: what is waited for, and what `status` judges.
package struct ReadinessCheck: Sendable {
    package enum Subject: Sendable {
        /// A workload whose pods are all there in their newest form.
        case rollout(kind: String, name: String)
        /// Custom resource definitions that are served.
        case established([String])
        case condition(ObjectName, type: String, status: String)
        /// A service with ready addresses.
        case endpoints(service: String, minimum: Int)
        /// Complete; a Job that failed is final.
        case job(String)
        /// A dry-run create of the object in this file is let in.
        case accepted(file: String)
        case http(EndpointRequest, contains: String?, json: [FieldCondition])
        case field(ObjectName, FieldCondition)
        case absent(FrameworkRemoval.Objects)
    }

    package var id: String?
    package var subject: Subject
    /// nil is the framework's core namespace.
    package var namespace: String?
    /// What it means when it does not hold.
    package var explanation: String?
    package var timeout: Duration?
    package var applies: Applicability

    package init(
        _ subject: Subject, id: String? = nil, namespace: String? = nil, explanation: String? = nil,
        timeout: Duration? = nil, applies: Applicability = Applicability()
    ) {
        self.id = id
        self.subject = subject
        self.namespace = namespace
        self.explanation = explanation
        self.timeout = timeout
        self.applies = applies
    }
}

/// A field of an object or an answer, and what it must be.
package struct FieldCondition: Sendable, Hashable {
    package enum Test: Sendable, Hashable {
        case equals(JSONValue)
        case atLeast(Int)
        case exists
    }

    package var path: FieldPath
    package var test: Test

    package init(path: FieldPath, test: Test) {
        self.path = path
        self.test = test
    }

    package func holds(_ object: JSONValue) -> Bool {
        let values = path.values(in: object)
        switch test {
        case .equals(let wanted): return values.contains { $0 == wanted || $0.text == wanted.text }
        case .atLeast(let least): return values.contains { ($0.double ?? -.infinity) >= Double(least) }
        case .exists: return values.contains { $0 != .string("") }
        }
    }

    package var words: String {
        switch test {
        case .equals(let value): "\(path.text) is \(value.text)"
        case .atLeast(let least): "\(path.text) is \(least) or more"
        case .exists: "\(path.text) is there"
        }
    }
}
