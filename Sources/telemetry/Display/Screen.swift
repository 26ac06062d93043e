internal import Glibc

/// Redraws lines in place at the end of a terminal's output.
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

    /// Hides the cursor, and turns echo off: typed text would shift the lines.
    mutating func open() {
        var attributes = termios()
        if tcgetattr(STDOUT_FILENO, &attributes) == 0 {
            savedAttributes = attributes
            attributes.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDOUT_FILENO, TCSANOW, &attributes)
        }
        Output.write("\u{1B}[?25l")
    }

    /// Leaves the last drawing on the screen, and restores the terminal.
    mutating func close() {
        // Ctrl-C discards output that the terminal has not processed yet, perhaps the end of a drawing: reset the
        // modes.
        Output.write("\u{1B}[?7h\u{1B}[?2026l" + (drawnLines > 0 ? "\r\n" : "") + "\u{1B}[?25h")
        drawnLines = 0
        // Discard what was typed meanwhile.
        if var attributes = savedAttributes { tcsetattr(STDOUT_FILENO, TCSAFLUSH, &attributes) }
    }

    /// Draws lines over the previous ones.
    ///
    /// It is one write, which erases nothing that it draws again, so that nothing flickers.
    ///
    /// - Parameter size: the terminal's size, which the lines were laid out for. There must be at most as many as it
    ///   has rows.
    mutating func draw(_ lines: [StyledText], on size: Size) {
        // A terminal that became narrower may have wrapped the old lines, so their positions are unknown: start afresh.
        let isResized = drawnSize.map { $0 != size } ?? false
        if isResized { drawnLines = 0 }
        // A synchronized update (mode 2026) without automatic wrapping (mode 7).
        var text = "\u{1B}[?2026h\u{1B}[?7l"
        if isResized {
            text += "\u{1B}[H\u{1B}[J"
        } else if drawnLines > 0 {
            text += "\r" + (drawnLines > 1 ? "\u{1B}[\(drawnLines - 1)A" : "")
        }
        text += lines.map { line in
            // After a line of full width, erasing would delete its last character.
            line.rendered(inColour: Output.hasColours) + (line.width < size.columns ? "\u{1B}[K" : "")
        }.joined(separator: "\r\n")
        if lines.count < drawnLines { text += "\r\n\u{1B}[J\u{1B}[A" }
        Output.write(text + "\u{1B}[?7h\u{1B}[?2026l")
        drawnLines = lines.count
        drawnSize = size
    }
}
