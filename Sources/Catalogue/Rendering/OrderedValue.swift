package import ClusterModel

/// A value of a configuration file whose maps keep the order in which they were written.
package indirect enum OrderedValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list([OrderedValue])
    case map(OrderedMap)

    /// Keys of maps are sorted, so that equal values give equal text.
    package init(_ value: ConfigurationValue) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .list(let values): self = .list(values.map { OrderedValue($0) })
        case .map(let entries): self = .map(OrderedMap(sorted: entries))
        }
    }

    package static func strings(_ values: [String]) -> OrderedValue { .list(values.map { .string($0) }) }
}

/// A map that keeps the order in which its keys were first set.
package struct OrderedMap: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let key: String
        package let value: OrderedValue
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    package init(sorted entries: [String: ConfigurationValue]) {
        self.entries = entries.sorted { $0.key < $1.key }.map { Entry(key: $0.key, value: OrderedValue($0.value)) }
    }

    package init(sorted entries: [String: String]) {
        self.entries = entries.sorted { $0.key < $1.key }.map { Entry(key: $0.key, value: .string($0.value)) }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Setting an existing key keeps its place; setting nil removes the key.
    package subscript(key: String) -> OrderedValue? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index] = Entry(key: key, value: value)
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Merges `overrides` over the map: maps are merged key by key, everything else is replaced, and null removes the
    /// key so that the component's own default applies.
    package func merging(_ overrides: OrderedMap) -> OrderedMap {
        var result = self
        for entry in overrides.entries {
            switch (result[entry.key], entry.value) {
            case (_, .null): result[entry.key] = nil
            case (.map(let below)?, .map(let above)): result[entry.key] = .map(below.merging(above))
            default: result[entry.key] = entry.value
            }
        }
        return result
    }
}

extension OrderedMap: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, OrderedValue)...) {
        for (key, value) in elements { self[key] = value }
    }
}

extension OrderedValue: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, OrderedValue)...) {
        var map = OrderedMap()
        for (key, value) in elements { map[key] = value }
        self = .map(map)
    }
}

extension OrderedValue: ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: OrderedValue...) { self = .list(elements) }
}

extension OrderedValue: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
}

extension OrderedValue: ExpressibleByBooleanLiteral {
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension OrderedValue: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) { self = .int(value) }
}
