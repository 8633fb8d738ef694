internal import Foundation

/// What chance allows when each of so many is one thing or the other.
struct Binomial: Sendable, Hashable {
    var count: Int
    /// Of one of them, from 0 to 1.
    var share: Double

    /// Probability of exactly so many.
    func exactly(_ hits: Int) -> Double {
        guard (0...count).contains(hits) else { return 0 }
        if share <= 0 { return hits == 0 ? 1 : 0 }
        if share >= 1 { return hits == count ? 1 : 0 }
        // In logarithms: factorials of hundreds do not fit.
        let ways = lgamma(Double(count) + 1) - lgamma(Double(hits) + 1) - lgamma(Double(count - hits) + 1)
        return exp(ways + Double(hits) * log(share) + Double(count - hits) * log1p(-share))
    }

    /// Numbers that are no reason for doubt; beyond each end lies at most half of `alpha`.
    ///
    /// Exact, no approximation: at both ends of the scale, where one in a hundred is expected, others are wrong.
    func accepted(_ alpha: Double) -> ClosedRange<Int> {
        var low = 0
        var below = exactly(0)
        while low < count, below <= alpha / 2 {
            low += 1
            below += exactly(low)
        }
        var high = count
        var above = exactly(count)
        while high > low, above <= alpha / 2 {
            high -= 1
            above += exactly(high)
        }
        return low...high
    }

    /// Shares that fit so many hits, with so much confidence (Clopper and Pearson).
    static func interval(_ hits: Int, of count: Int, alpha: Double) -> ClosedRange<Double> {
        guard count > 0 else { return 0...1 }
        func atMost(_ share: Double, _ most: Int) -> Double {
            let law = Binomial(count: count, share: share)
            return (0...max(0, most)).reduce(0) { $0 + law.exactly($1) }
        }
        func bisect(_ isTooLow: (Double) -> Bool) -> Double {
            var (low, high) = (0.0, 1.0)
            for _ in 0..<40 {
                let middle = (low + high) / 2
                if isTooLow(middle) { low = middle } else { high = middle }
            }
            return (low + high) / 2
        }
        let low = hits == 0 ? 0 : bisect { 1 - atMost($0, hits - 1) < alpha / 2 }
        let high = hits == count ? 1 : bisect { atMost($0, hits) > alpha / 2 }
        return min(low, high)...max(low, high)
    }
}
