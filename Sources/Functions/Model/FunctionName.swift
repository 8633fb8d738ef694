package import Diagnostics

/// What a function may be called in all frameworks: a DNS label (RFC 1123), because it becomes the name of a Service.
package enum FunctionName {
    /// Throws `function.name` with exit code `.usage`.
    package static func check(_ name: String) throws(Diagnostic) {
        guard let fault = fault(name) else { return }
        throw Diagnostic(
            code: "function.name", "`\(name.prefix(80))` cannot be the name of a function: \(fault)",
            detail: "expected a DNS label: 1 to 63 of a-z, 0-9 and `-`, which neither begin nor end with `-`",
            hint: suggestion(name).map { "`\($0)` would do" }, exitCode: .usage)
    }

    static func fault(_ name: String) -> String? {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, let last = bytes.last else { return "it is empty" }
        let isPlain = { (byte: UInt8) in (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        if let wrong = name.unicodeScalars.first(where: { !isPlain(UInt8(clamping: $0.value)) && $0 != "-" }) {
            return "it has the character `\(wrong)`"
        }
        if bytes.count > 63 { return "it has \(bytes.count) characters" }
        return isPlain(first) && isPlain(last) ? nil : "it begins or ends with `-`"
    }

    /// The nearest label, for a hint; nil if nothing is left of the name.
    static func suggestion(_ name: String) -> String? {
        var label = ""
        for scalar in name.lowercased().unicodeScalars {
            let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if isPlain {
                label.unicodeScalars.append(scalar)
            } else if !label.isEmpty, label.last != "-" {
                label += "-"
            }
        }
        label = String(label.prefix(63))
        while label.last == "-" { label.removeLast() }
        return label.isEmpty ? nil : label
    }
}
