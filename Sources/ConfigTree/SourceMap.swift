package import Diagnostics

/// Leads from a field's path back to the line it was written in, also long after decoding.
package struct SourceMap: Sendable {
    package let document: ConfigDocument

    package init(_ document: ConfigDocument) { self.document = document }

    /// The place of `hosts[2].ssh.port`; of the nearest enclosing field when the field itself is not written.
    package func location(of path: String) -> SourceLocation {
        let node = nearestNode(to: path).node
        return (node.kind == .scalar ? node : node.key ?? node).location
    }

    /// The node at exactly this path.
    package func node(at path: String) -> ConfigNode? {
        let (node, isExact) = nearestNode(to: path)
        return isExact ? node : nil
    }

    private func nearestNode(to path: String) -> (node: ConfigNode, isExact: Bool) {
        var node = document.root
        for part in SourceMap.parts(path) {
            switch part {
            case .index(let index):
                guard let next = node.items.dropFirst(index).first(where: { _ in true }) else { return (node, false) }
                node = next
            case .key(let key):
                guard let next = node[key] else { return (node, false) }
                node = next
            }
        }
        return (node, true)
    }

    enum Part: Equatable {
        case key(String)
        case index(Int)
    }

    /// `hosts[2].labels["a.b/c"]` as key, index, key, key.
    static func parts(_ path: String) -> [Part] {
        var parts: [Part] = []
        var rest = Substring(path)
        while let first = rest.first {
            if first == "." {
                rest = rest.dropFirst()
            } else if rest.hasPrefix("[\""), let end = rest.range(of: "\"]") {
                parts.append(.key(String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])))
                rest = rest[rest.index(end, offsetBy: 2)...]
            } else if first == "[", let end = rest.firstIndex(of: "]") {
                parts.append(.index(Int(rest[rest.index(after: rest.startIndex)..<end]) ?? 0))
                rest = rest[rest.index(after: end)...]
            } else {
                let word = rest.prefix { $0 != "." && $0 != "[" }
                guard !word.isEmpty else { return parts }
                parts.append(.key(String(word)))
                rest = rest.dropFirst(word.count)
            }
        }
        return parts
    }
}

extension Substring {
    /// Start of the first occurrence of a text; enough for paths, without Foundation.
    fileprivate func range(of text: String) -> Substring.Index? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index }
            index = self.index(after: index)
        }
        return nil
    }
}
