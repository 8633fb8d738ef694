/// Amounts by resource, each in its base unit: cores, bytes, pieces.
package struct Amounts: Sendable, Hashable {
    private var values: [String: Double]

    package init(_ values: [String: Double] = [:]) { self.values = values }

    /// What is not named is none.
    package subscript(resource: String) -> Double {
        get { values[resource] ?? 0 }
        set { values[resource] = newValue }
    }

    package static func + (left: Amounts, right: Amounts) -> Amounts {
        Amounts(left.values.merging(right.values) { $0 + $1 })
    }

    package static func - (left: Amounts, right: Amounts) -> Amounts {
        Amounts(left.values.merging(right.values.mapValues { -$0 }) { $0 + $1 })
    }

    /// The same resources with other values.
    func map(_ value: (String) -> Double) -> Amounts {
        Amounts(Dictionary(uniqueKeysWithValues: values.keys.map { ($0, value($0)) }))
    }

    /// The greater one of each.
    func union(_ other: Amounts) -> Amounts { Amounts(values.merging(other.values) { max($0, $1) }) }

    /// The resource of which there is not enough; nil if all of it fits.
    ///
    /// A nothing more is rounding.
    func lacking(for wanted: Amounts) -> String? {
        wanted.values.filter { $0.value > 0 && self[$0.key] + 1e-6 < $0.value }.keys.min()
    }

    /// As people write it: `0.35 cores`, `512 MiB`, `3`.
    static func text(_ value: Double, of resource: String) -> String {
        switch resource {
        case "cpu": "\(rounded(value, 2)) cores"
        case "memory", "ephemeral-storage": "\(rounded(value / 1_048_576, 0)) MiB"
        default: rounded(value, 0)
        }
    }

    private static func rounded(_ value: Double, _ digits: Int) -> String {
        let scale = digits == 2 ? 100.0 : 1
        let whole = (value * scale).rounded() / scale
        return whole == whole.rounded() ? String(Int(whole)) : String(whole)
    }
}
