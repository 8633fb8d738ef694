/// The few metrics of etcd that the question lets through, in Prometheus' text form.
struct EtcdMetrics {
    /// By name, of metrics without labels.
    private var values: [Substring: Double] = [:]
    /// By name, then by the label `To` (empty without one).
    private var histograms: [Substring: [String: LatencyHistogram]] = [:]

    init(_ lines: [Substring]) {
        for line in lines {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            let name = line[..<space]
            guard let brace = name.firstIndex(of: "{") else {
                values[name] = value
                continue
            }
            guard let bound = Self.label("le", in: name[brace...]) else { continue }
            let suffix = "_bucket"
            guard name[..<brace].hasSuffix(suffix) else { continue }
            let limit = bound == "+Inf" ? Double.infinity : Double(bound) ?? .infinity
            histograms[name[..<brace].dropLast(suffix.count), default: [:]][
                Self.label("To", in: name[brace...]) ?? "", default: LatencyHistogram()
            ].add(bound: limit, count: value)
        }
    }

    subscript(name: String) -> Double? { values[name[...]] }

    func histogram(_ name: String) -> LatencyHistogram? { histograms[name[...]]?[""] }

    /// By the decimal or hexadecimal name of the peer.
    func histograms(_ name: String) -> [String: LatencyHistogram] { histograms[name[...]] ?? [:] }

    private static func label(_ name: String, in labels: Substring) -> String? {
        guard let start = labels.firstRange(of: "\(name)=\"") else { return nil }
        return labels[start.upperBound...].split(separator: "\"", omittingEmptySubsequences: false).first.map(
            String.init)
    }
}

/// Durations counted in buckets, since the process started.
struct LatencyHistogram: Hashable {
    /// Upper bounds in seconds with the count of everything up to them, ascending.
    private var buckets: [Bucket] = []

    private struct Bucket: Hashable {
        var bound: Double
        var count: Double
    }

    mutating func add(bound: Double, count: Double) {
        let index = buckets.firstIndex { $0.bound > bound } ?? buckets.endIndex
        buckets.insert(Bucket(bound: bound, count: count), at: index)
    }

    var count: Double { buckets.last?.count ?? 0 }

    /// In seconds, evenly spread within a bucket; the last finite bound for what lies above it; nil without a measurement.
    ///
    /// - Parameter share: 0.99 for the 99th percentile.
    func quantile(_ share: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = count * share
        var lower = Bucket(bound: 0, count: 0)
        for bucket in buckets {
            if bucket.count >= rank {
                guard bucket.bound.isFinite else { return lower.bound }
                let width = bucket.count - lower.count
                let part = width > 0 ? (rank - lower.count) / width : 1
                return lower.bound + (bucket.bound - lower.bound) * part
            }
            lower = bucket
        }
        return lower.bound
    }
}
