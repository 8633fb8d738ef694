import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// A document as a strict XML parser sees it.
struct ParsedMarkup {
    struct Element {
        var name: String
        var attributes: [String: String]
    }

    struct Fault: Error {
        var line: Int
        var reason: String
    }

    /// In the order of their begin.
    let elements: [Element]
    /// All text outside of tags.
    let text: String

    init(_ document: String) throws {
        let collector = Collector()
        let parser = XMLParser(data: Data(document.utf8))
        parser.delegate = collector
        guard parser.parse() else {
            throw Fault(line: parser.lineNumber, reason: parser.parserError.map { "\($0)" } ?? "no reason")
        }
        elements = collector.elements
        text = collector.text
    }

    func count(_ name: String) -> Int { elements.count { $0.name == name } }

    private final class Collector: NSObject, XMLParserDelegate {
        var elements: [Element] = []
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) { elements.append(Element(name: name, attributes: attributes)) }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }
}
