internal import KubernetesAPI

/// Amounts on the command line.
enum QuantityWord {
    /// A quantity of Kubernetes that is more than nothing, in its base unit; nil if it is none.
    static func positive(_ text: String) -> Double? {
        // `Double` also takes signs, hexadecimal numbers and words.
        guard let first = text.utf8.first, (0x30...0x39).contains(first) || first == 0x2E,
            !text.lowercased().contains("x"), let amount = Quantity.parse(text), amount.isFinite, amount > 0
        else { return nil }
        return amount
    }
}
