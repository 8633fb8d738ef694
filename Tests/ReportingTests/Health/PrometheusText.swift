/// A strict reader of the text exposition format 0.0.4.
enum PrometheusText {
    struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Fault: Error {
        var line: String
        var reason: String
    }

    /// Every metric needs HELP and TYPE before its samples, and its samples stand together.
    static func parse(_ text: String) throws -> [Sample] {
        guard text.hasSuffix("\n") else { throw Fault(line: "", reason: "the last line does not end") }
        var samples: [Sample] = []
        var helped: Set<String> = []
        var typed: [String] = []
        // By scalars: a carriage return before the line feed would be one character with it.
        for scalars in text.unicodeScalars.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            let line = String(String.UnicodeScalarView(scalars))
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                guard words.count == 4, helped.insert(words[2]).inserted else {
                    throw Fault(line: line, reason: "help")
                }
            } else if line.hasPrefix("# TYPE ") {
                guard words.count == 4, words[3] == "gauge", helped.contains(words[2]), !typed.contains(words[2]) else {
                    throw Fault(line: line, reason: "type")
                }
                typed.append(words[2])
            } else {
                let sample = try sample(line)
                guard typed.last == sample.name else { throw Fault(line: line, reason: "not below its type") }
                samples.append(sample)
            }
        }
        return samples
    }

    private static func sample(_ line: String) throws -> Sample {
        var rest = Array(line.unicodeScalars)[...]
        let name = try identifier(&rest, line)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            while rest.first != "}" {
                let key = try identifier(&rest, line)
                guard labels[key] == nil, rest.starts(with: ["=", "\""]) else {
                    throw Fault(line: line, reason: "label")
                }
                rest.removeFirst(2)
                labels[key] = try quoted(&rest, line)
                if rest.first == "," {
                    rest.removeFirst()
                } else if rest.first != "}" {
                    throw Fault(line: line, reason: "after a label")
                }
            }
            rest.removeFirst()
        }
        guard rest.first == " ", let value = Double(String(String.UnicodeScalarView(rest.dropFirst()))) else {
            throw Fault(line: line, reason: "value")
        }
        return Sample(name: name, labels: labels, value: value)
    }

    private static func identifier(_ rest: inout ArraySlice<Unicode.Scalar>, _ line: String) throws -> String {
        let name = rest.prefix { $0 == "_" || ("a"..."z").contains($0) }
        guard !name.isEmpty else { throw Fault(line: line, reason: "name") }
        rest.removeFirst(name.count)
        return String(String.UnicodeScalarView(name))
    }

    private static func quoted(_ rest: inout ArraySlice<Unicode.Scalar>, _ line: String) throws -> String {
        var value = ""
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return value
            case "\\":
                switch rest.popFirst() {
                case "\\": value.unicodeScalars.append("\\")
                case "\"": value.unicodeScalars.append("\"")
                case "n": value.unicodeScalars.append("\n")
                default: throw Fault(line: line, reason: "escape")
                }
            default:
                guard scalar.value >= 32 else { throw Fault(line: line, reason: "control character") }
                value.unicodeScalars.append(scalar)
            }
        }
        throw Fault(line: line, reason: "open quote")
    }
}
