internal import CLibYAML

/// Owns libyaml's parser.
///
/// The struct keeps pointers to itself, so it lives at one address for its whole life.
struct YAMLParser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    /// nil when there is no memory.
    ///
    /// `input` must outlive the parser.
    init?(input: UnsafeBufferPointer<UInt8>) {
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// Hands the next event to `body` and frees it.
    mutating func next<Result>(_ body: (borrowing yaml_event_t) -> Result) throws(Failure) -> Result {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { yaml_event_delete(&event) }
        return body(event)
    }

    /// What libyaml says it stumbled over.
    ///
    /// Lines and columns count from zero.
    struct Failure: Error {
        var problem: String
        var line: Int
        var column: Int
        var context: String?
        var contextLine: Int
        var contextColumn: Int
        /// Only reader failures: where in the input.
        var byteOffset: Int?
        var isOutOfMemory: Bool
    }

    private var failure: Failure {
        let state = parser.pointee
        let mark = state.problem_mark
        return Failure(
            problem: state.problem.map { String(cString: $0) } ?? "unknown problem",
            line: Int(clamping: mark.line), column: Int(clamping: mark.column),
            context: state.context.map { String(cString: $0) },
            contextLine: Int(clamping: state.context_mark.line),
            contextColumn: Int(clamping: state.context_mark.column),
            byteOffset: state.error == YAML_READER_ERROR ? Int(clamping: state.problem_offset) : nil,
            isOutOfMemory: state.error == YAML_MEMORY_ERROR)
    }
}
