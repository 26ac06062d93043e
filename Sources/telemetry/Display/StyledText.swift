/// A line of text whose parts have styles.
struct StyledText {
    /// A style, as the parameters of the control sequence that sets it (ECMA-48, SGR).
    enum Style: String {
        case plain = ""
        case heading = "1"
        case border = "34"
        case label = "1;36"
        case alarm = "1;31"
        case warning = "1;33"
        case name = "1;34"
        case string = "32"
        case number = "36"
        case literal = "3;35"

        /// The line of a plot, and the band around it.
        case line = "1;32"
        case band = "2;36"

        /// What tells the states of a field from each other.
        case state1 = "92"
        case state2 = "93"
        case state3 = "94"
        case state4 = "95"
        case state5 = "96"
        case state6 = "91"
    }

    private struct Span {
        var text: String
        let style: Style

        /// The column to move to first, counted from 1, after erasing the rest of the line.
        var column: Int?
    }

    private var spans: [Span] = []
    private(set) var width = 0

    init() {}

    init(_ text: String, _ style: Style = .plain) {
        append(text, style)
    }

    mutating func append(_ text: String, _ style: Style = .plain) {
        let text = text.terminalSafe
        spans.append(Span(text: text, style: style))
        width += text.terminalWidth
    }

    /// Appends text at a fixed column, even if the terminal's idea of the width of the text before it differs from
    /// ours.
    ///
    /// - Parameter column: counted from 1; not before the end of the text so far.
    mutating func append(_ text: String, _ style: Style, atColumn column: Int) {
        pad(to: column - 1)
        append(text, style)
        spans[spans.count - 1].column = column
    }

    mutating func append(_ other: StyledText) {
        spans += other.spans
        width += other.width
    }

    mutating func pad(to width: Int) {
        if self.width < width { append(String(repeating: " ", count: width - self.width)) }
    }

    /// The text, broken into lines of at most `width` columns.
    func wrapped(to width: Int) -> [StyledText] {
        guard self.width > width else { return [self] }
        var lines = [StyledText()]
        for span in spans {
            var part = ""
            var room = width - lines[lines.count - 1].width
            for character in span.text {
                let columns = String(character).terminalWidth
                if columns > room {
                    lines[lines.count - 1].append(part, span.style)
                    lines.append(StyledText())
                    part = ""
                    room = width
                }
                part.append(character)
                room -= columns
            }
            lines[lines.count - 1].append(part, span.style)
        }
        return lines
    }

    /// The text, or its beginning and a mark where it is wider.
    func cut(to width: Int, mark: String = "…") -> StyledText {
        guard self.width > width else { return self }
        var line = wrapped(to: max(1, width - mark.terminalWidth))[0]
        line.append(mark)
        return line
    }

    /// The text for a terminal, with or without colours.
    func rendered(inColour: Bool) -> String {
        spans.map { span in
            let position = span.column.map { "\u{1B}[K\u{1B}[\($0)G" } ?? ""
            guard inColour && span.style != .plain else { return position + span.text }
            return position + "\u{1B}[\(span.style.rawValue)m\(span.text)\u{1B}[0m"
        }.joined()
    }

    /// The text alone.
    var plain: String { spans.map(\.text).joined() }
}
