/// A picture of dots, several to a cell: a line, and a band behind it.
struct DotCanvas {
    let glyphs: PlotGlyphs
    let cellsAcross: Int
    let cellsDown: Int

    /// The masks of the cells, row by row from the top.
    private var line: [UInt8]
    private var band: [UInt8]

    init(_ glyphs: PlotGlyphs, cellsAcross: Int, cellsDown: Int) {
        self.glyphs = glyphs
        self.cellsAcross = cellsAcross
        self.cellsDown = cellsDown
        line = [UInt8](repeating: 0, count: cellsAcross * cellsDown)
        band = line
    }

    /// In dots.
    var width: Int { cellsAcross * glyphs.dotsAcross }
    var height: Int { cellsDown * glyphs.dotsDown }

    /// Fills columns between two heights with the band. Dots are counted from the left and from the top.
    mutating func fillBand(_ columns: ClosedRange<Int>, _ rows: ClosedRange<Int>) {
        for x in columns {
            for y in rows { set(&band, x, y) }
        }
    }

    /// Draws a straight line, the ends included.
    mutating func drawLine(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
        let steps = max(abs(end.x - start.x), abs(end.y - start.y))
        for step in 0...max(steps, 1) {
            let share = Double(step) / Double(max(steps, 1))
            let x = Double(start.x) + share * Double(end.x - start.x)
            let y = Double(start.y) + share * Double(end.y - start.y)
            set(&line, Int(x.rounded()), Int(y.rounded()))
        }
    }

    private func set(_ masks: inout [UInt8], _ x: Int, _ y: Int) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        let cell = y / glyphs.dotsDown * cellsAcross + x / glyphs.dotsAcross
        masks[cell] |= glyphs.bit(x % glyphs.dotsAcross, y % glyphs.dotsDown)
    }

    /// A row of cells. Where the line passes it hides the band, which would make a block of both.
    func row(_ row: Int) -> StyledText {
        var text = StyledText()
        var part = ""
        var style = StyledText.Style.plain
        for cell in row * cellsAcross..<(row + 1) * cellsAcross {
            let (character, new): (Character, StyledText.Style) =
                if line[cell] != 0 {
                    (glyphs.line(line[cell]), .line)
                } else if band[cell] != 0 {
                    (glyphs.band(band[cell]), .band)
                } else {
                    (" ", .plain)
                }
            if new != style, !part.isEmpty {
                text.append(part, style)
                part = ""
            }
            style = new
            part.append(character)
        }
        text.append(part, style)
        return text
    }
}
