internal import ClusterModel
internal import ConfigTree

extension FrameworkParameter {
    /// What is wrong with a value, as a clause; nil when it is right.
    package func fault(of value: ParameterValue) -> String? {
        switch kind {
        case .integer, .port:
            guard case .integer(let number) = value else { return "it must be a whole number" }
            let (least, most) = kind == .port ? (minimum ?? 1, maximum ?? 65535) : (minimum ?? .min, maximum ?? .max)
            if number < least { return "it must be \(least) or more" }
            return number > most ? "it must be \(most) or less" : nil
        case .boolean:
            if case .boolean = value { return nil }
            return "it must be true or false"
        case .choice:
            return choices.contains(value.text) ? nil : "it must be \(Shape.alternatives(choices))"
        case .text, .quantity, .duration, .hostname: return textFault(value.text)
        }
    }

    private func textFault(_ text: String) -> String? {
        guard text.utf8.count <= 4096 else { return "it is longer than 4096 characters" }
        switch kind {
        case .hostname where !text.isEmpty:
            if let fault = SpecFormats.dnsName.check(text) { return "it must be a DNS name: \(fault)" }
        case .quantity where Self.pattern("[0-9]+([.][0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?")?.matches(text) != true:
            return "it must be a quantity such as 500m or 120Mi"
        case .duration where DurationText.parse(text) == nil: return "it must be a span of time such as 90s"
        default: break
        }
        guard let pattern, let compiled = Self.pattern(pattern) else { return nil }
        return compiled.matches(text) ? nil : "it must match \(pattern)"
    }

    /// For the whole text.
    private static func pattern(_ source: String) -> LinearPattern? { try? LinearPattern("^(\(source))$") }

    /// A value as it is written on a command line.
    ///
    /// - Returns: nil if the kind cannot be written so.
    package func value(from text: String) -> ParameterValue? {
        switch kind {
        case .integer, .port: Int(text).map { .integer($0) }
        case .boolean: text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
        default: .text(text)
        }
    }

    /// Whether the parameter counts in a channel.
    package func applies(to channel: String) -> Bool { channels.isEmpty || channels.contains(channel) }
}
