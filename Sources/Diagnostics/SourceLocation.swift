/// A place in a text file.
///
/// Lines and columns count from one; columns count Unicode scalars.
package struct SourceLocation: Sendable, Codable, Hashable {
    package var file: String
    package var line: Int
    package var column: Int
    /// Column just behind the last character, on the same line; nil for a point.
    package var endColumn: Int?
    /// The whole line, so that it can be shown with a caret below.
    package var text: String?

    package init(file: String, line: Int, column: Int, endColumn: Int? = nil, text: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.endColumn = endColumn
        self.text = text
    }
}
