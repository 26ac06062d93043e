internal import Glibc

/// Lines at the end of a terminal's text that are drawn over in place.
struct Screen {
    struct Size: Equatable {
        var columns = 80
        var rows = 24
    }

    private var savedAttributes: termios?
    private var drawnLines = 0
    private var drawnSize: Size?

    /// The terminal's size now.
    static var size: Size {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return Size() }
        return Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// Hides the cursor, and what is typed: it would move the lines.
    mutating func open() {
        var attributes = termios()
        if tcgetattr(STDOUT_FILENO, &attributes) == 0 {
            savedAttributes = attributes
            attributes.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDOUT_FILENO, TCSANOW, &attributes)
        }
        Output.write("\u{1B}[?25l")
    }

    /// Leaves what was drawn, and gives the terminal back as it was.
    mutating func close() {
        // Ctrl-C discards what the terminal has not taken yet, which may be the end of a picture.
        Output.write("\u{1B}[?7h\u{1B}[?2026l" + (drawnLines > 0 ? "\r\n" : "") + "\u{1B}[?25h")
        drawnLines = 0
        // What was typed meanwhile was meant for nobody.
        if var attributes = savedAttributes { tcsetattr(STDOUT_FILENO, TCSAFLUSH, &attributes) }
    }

    /// Draws lines over the last ones.
    ///
    /// - Parameter size: the terminal's, for which the lines were made: there may be no more than it has rows.
    ///
    /// One write, in which nothing is erased that is drawn again, so that nothing flickers.
    mutating func draw(_ lines: [StyledText], on size: Size) {
        // Old lines may have been broken in two by a terminal that became narrower: there is no telling where they are.
        let isResized = drawnSize.map { $0 != size } ?? false
        if isResized { drawnLines = 0 }
        // A synchronized update, and no line breaks but those that are written.
        var text = "\u{1B}[?2026h\u{1B}[?7l"
        if isResized {
            text += "\u{1B}[H\u{1B}[J"
        } else if drawnLines > 0 {
            text += "\r" + (drawnLines > 1 ? "\u{1B}[\(drawnLines - 1)A" : "")
        }
        text += lines.map { line in
            // At the edge, erasing would take the last character.
            line.rendered(inColour: Output.hasColours) + (line.width < size.columns ? "\u{1B}[K" : "")
        }.joined(separator: "\r\n")
        if lines.count < drawnLines { text += "\r\n\u{1B}[J\u{1B}[A" }
        Output.write(text + "\u{1B}[?7h\u{1B}[?2026l")
        drawnLines = lines.count
        drawnSize = size
    }
}
