/// A frame with a title around lines of text.
struct Panel {
    private let title: StyledText
    private let width: Int

    init(title: String, width: Int) {
        self.width = width
        let wrapped = StyledText(title, .heading).wrapped(to: max(1, width - 8))
        self.title = wrapped[0]
    }

    /// The lines in the frame; each has to fit in `width - 4` columns.
    func framing(_ lines: some Sequence<StyledText>) -> [StyledText] {
        let rest = width - 4 - title.width
        var top = StyledText("┌" + String(repeating: "─", count: rest / 2) + " ", .border)
        top.append(title)
        top.append(" " + String(repeating: "─", count: rest - rest / 2), .border)
        top.append("┐", .border, atColumn: width)
        let framed = lines.map { line in
            var framed = StyledText("│ ", .border)
            framed.append(line)
            framed.append("│", .border, atColumn: width)
            return framed
        }
        return [top] + framed + [StyledText("└" + String(repeating: "─", count: width - 2) + "┘", .border)]
    }
}
