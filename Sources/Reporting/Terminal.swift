internal import Foundation

/// What a stream can show.
package struct Terminal: Sendable {
    package var isInteractive: Bool
    package var hasColour: Bool
    package var columns: Int

    package init(isInteractive: Bool, hasColour: Bool, columns: Int) {
        self.isInteractive = isInteractive
        self.hasColour = hasColour
        self.columns = columns
    }

    /// For standard output (1) or standard error (2).
    ///
    /// NO_COLOR and TERM=dumb are respected (no-color.org).
    package static func of(_ descriptor: Int32) -> Terminal {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(descriptor) == 1
        let isDumb = environment["TERM"].map { $0 == "dumb" } ?? true
        let refusesColour = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        var size = winsize()
        let columns =
            isTerminal && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
        return Terminal(
            isInteractive: isTerminal && !isDumb, hasColour: isTerminal && !isDumb && !refusesColour, columns: columns)
    }

    package enum Style: String, Sendable {
        case bold = "1"
        case faint = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    /// Colour never carries meaning alone; without it the text says the same.
    package func styled(_ text: String, _ style: Style) -> String {
        hasColour ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }
}
