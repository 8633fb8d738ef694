internal import Foundation

/// An amount as the API writes it: `100m`, `2Gi`, `1e3` (apimachinery's resource.Quantity).
package enum Quantity {
    /// In the base unit: cores, bytes, pieces.
    ///
    /// nil if it is none.
    package static func parse(_ text: String) -> Double? {
        let suffixStart =
            text.lastIndex { $0.isNumber || $0 == "." }.map { text.index(after: $0) } ?? text.startIndex
        guard let number = Double(text[..<suffixStart]), let factor = factors[text[suffixStart...]] else { return nil }
        return number * factor
    }

    private static let factors: [Substring: Double] = [
        "": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
        "Ki": 1024, "Mi": 1_048_576, "Gi": 1_073_741_824, "Ti": 1_099_511_627_776, "Pi": 1_125_899_906_842_624,
        "Ei": 1_152_921_504_606_846_976,
    ]
}
