internal import TelemetryModel

/// The characters that plots are drawn with.
enum PlotGlyphs: CaseIterable {
    /// Eight dots a cell.
    case braille

    /// Halves of a cell, for the Linux console, whose fonts have no Braille.
    case blocks

    /// For locales that are not of UTF-8.
    case ascii

    /// What the terminal can show.
    static var ofTerminal: PlotGlyphs {
        let locale = Environment.value("LC_ALL") ?? Environment.value("LC_CTYPE") ?? Environment.value("LANG") ?? ""
        let encoding = locale.lowercased().filter { $0 != "-" }
        if !encoding.hasSuffix("utf8") && !encoding.contains("utf8@") { return .ascii }
        return Environment.terminal == "linux" ? .blocks : .braille
    }

    /// How many dots a cell has.
    var dotsAcross: Int { self == .braille ? 2 : 1 }
    var dotsDown: Int {
        switch self {
        case .braille: 4
        case .blocks: 2
        case .ascii: 1
        }
    }

    /// The bit of a dot in the mask of its cell.
    func bit(_ x: Int, _ y: Int) -> UInt8 {
        switch self {
        // Unicode Standard, Braille Patterns: dots 1, 2, 3 and 7 on the left; 4, 5, 6 and 8 on the right.
        case .braille: y == 3 ? 0x40 << UInt8(x) : 1 << UInt8(3 * x + y)
        case .blocks, .ascii: 1 << UInt8(y)
        }
    }

    /// The character of a cell of a line.
    func line(_ mask: UInt8) -> Character {
        switch self {
        case .braille: Self.pattern(mask)
        case .blocks: mask == 1 ? "▀" : mask == 2 ? "▄" : "█"
        case .ascii: "*"
        }
    }

    /// The character of a cell of a band.
    func band(_ mask: UInt8) -> Character {
        switch self {
        case .braille: Self.pattern(mask)
        case .blocks: "░"
        case .ascii: ":"
        }
    }

    private static func pattern(_ mask: UInt8) -> Character {
        Unicode.Scalar(0x2800 + UInt32(mask)).map { Character($0) } ?? " "
    }

    /// What the axes are made of.
    var vertical: String { self == .ascii ? "|" : "│" }
    var verticalTick: String { self == .ascii ? "+" : "┤" }
    var horizontal: Character { self == .ascii ? "-" : "─" }
    var horizontalTick: Character { self == .ascii ? "+" : "┬" }
    var corner: String { self == .ascii ? "+" : "└" }

    /// What stands for the rest of a line.
    var ellipsis: String { self == .ascii ? "..." : "…" }

    /// One for each state of a bar; those that have none share the last.
    var states: [Character] { Array(self == .ascii ? "#=-+xo%?" : "█▒▄░▀▌▓·") }
}
