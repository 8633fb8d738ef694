import Health

/// A shape for each status, so that colour never carries the meaning alone.
///
/// They are drawn: not every machine has a font with a check mark.
enum HealthSign {
    /// To stand once in the page.
    static var definitions: String {
        let symbols = HealthStatus.allCases.map { status in
            let (shape, glyph) = paths(status)
            return "<symbol id=\"sign-\(status.rawValue)\" viewBox=\"0 0 16 16\"><path class=\"shape\" d=\"\(shape)\"/>"
                + "<path class=\"glyph\" d=\"\(glyph)\"/></symbol>"
        }
        return "<svg class=\"definitions\" width=\"0\" height=\"0\" aria-hidden=\"true\">\(symbols.joined())</svg>"
    }

    /// In a line of text.
    static func sign(_ status: HealthStatus) -> String {
        "<svg class=\"sign \(status.rawValue)\" width=\"16\" height=\"16\" role=\"img\" aria-label=\"\(status.rawValue)\">"
            + "<use href=\"#sign-\(status.rawValue)\"/></svg>"
    }

    /// Within a picture.
    static func sign(_ status: HealthStatus, x: Int, y: Int, size: Int) -> String {
        "<use class=\"\(status.rawValue)\" href=\"#sign-\(status.rawValue)\" x=\"\(x)\" y=\"\(y)\""
            + " width=\"\(size)\" height=\"\(size)\"/>"
    }

    /// Octagon with a cross, diamond with a question mark, triangle with an exclamation mark, disc with a dash, disc with a
    /// check mark.
    private static func paths(_ status: HealthStatus) -> (shape: String, glyph: String) {
        let disc = "M1 8a7 7 0 1 0 14 0a7 7 0 1 0 -14 0z"
        switch status {
        case .fail: return ("M5 1h6l4 4v6l-4 4h-6l-4 -4v-6z", "M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4")
        case .unknown: return ("M8 0l8 8l-8 8l-8 -8z", "M6 6.2a2 1.9 0 1 1 2.9 1.8q-0.9 0.5 -0.9 1.5M8 11.8v0.3")
        case .warn: return ("M8 0.5l7.8 14.5h-15.6z", "M8 5.5v4.5M8 12.4v0.3")
        case .skipped: return (disc, "M5 8h6")
        case .pass: return (disc, "M4.7 8.3l2.3 2.3l4.3 -4.8")
        }
    }
}
