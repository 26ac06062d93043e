/// A recursive-descent scanner for RFC 8259 that stops at the first fault. It builds no values.
///
/// Beyond the grammar it rejects what a strict reader would not get back unchanged: integers beyond 64 bits, numbers
/// beyond the range of a double, lone surrogates. Recursion is bounded: nesting deeper than ``maximumDepth`` is a
/// fault.
///
/// simdjson is the server's parser; this scanner explains where a text that simdjson rejected is faulty, and is the
/// client's parser. The messages are those of Python's `json` module.
struct JSONFaultScanner {
    private static let maximumDepth = 1_000

    private let text: [Unicode.Scalar]
    private var position = 0
    private var depth = 0

    init(_ text: [Unicode.Scalar]) {
        self.text = text
    }

    mutating func scanDocument() throws(JSONSyntaxError) {
        try scanValue()
        skipWhiteSpace()
        if position < text.count { throw fault("Extra data") }
    }

    private mutating func scanValue() throws(JSONSyntaxError) {
        skipWhiteSpace()
        if currentIsDigit || current == "-" {
            try scanNumber()
            return
        }
        switch current {
        case "{": try scanContainer(until: "}", member: { scanner throws(JSONSyntaxError) in try scanner.scanMember() })
        case "[": try scanContainer(until: "]", member: { scanner throws(JSONSyntaxError) in try scanner.scanValue() })
        case "\"": try scanString()
        default: try scanLiteral()
        }
    }

    private mutating func scanContainer(
        until end: Unicode.Scalar,
        member: (inout JSONFaultScanner) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.maximumDepth { throw fault("More than \(Self.maximumDepth) nested objects and arrays") }
        position += 1
        skipWhiteSpace()
        if take(end) { return }
        repeat {
            try member(&self)
            skipWhiteSpace()
            if take(end) { return }
        } while take(",")
        throw fault("Expecting ',' delimiter")
    }

    private mutating func scanMember() throws(JSONSyntaxError) {
        skipWhiteSpace()
        guard current == "\"" else { throw fault("Expecting property name enclosed in double quotes") }
        try scanString()
        skipWhiteSpace()
        guard take(":") else { throw fault("Expecting ':' delimiter") }
        try scanValue()
    }

    private mutating func scanString() throws(JSONSyntaxError) {
        let start = position
        position += 1
        while let scalar = current {
            switch scalar {
            case "\"":
                position += 1
                return
            case "\\": try scanEscape()
            case "\u{0}"..<" ": throw fault("Invalid control character")
            default: position += 1
            }
        }
        throw fault("Unterminated string", at: start)
    }

    private mutating func scanEscape() throws(JSONSyntaxError) {
        let start = position
        position += 1
        switch current {
        case "\"", "\\", "/", "b", "f", "n", "r", "t": position += 1
        case "u": try scanUnicodeEscape(from: start)
        default: throw fault("Invalid \\escape", at: start)
        }
    }

    private mutating func scanUnicodeEscape(from start: Int) throws(JSONSyntaxError) {
        switch try scanCodeUnit(from: start) {
        case 0xD800..<0xDC00:
            let second = position
            guard take("\\"), current == "u", case 0xDC00..<0xE000 = try scanCodeUnit(from: second) else {
                throw fault("Lone surrogate", at: start)
            }
        case 0xDC00..<0xE000: throw fault("Lone surrogate", at: start)
        default: break
        }
    }

    private mutating func scanCodeUnit(from start: Int) throws(JSONSyntaxError) -> UInt32 {
        position += 1
        let digits = text[position...].prefix(4).compactMap { $0.isASCII ? Character($0).hexDigitValue : nil }
        guard digits.count == 4 else { throw fault("Invalid \\uXXXX escape", at: start) }
        position += 4
        return digits.reduce(0) { $0 << 4 | UInt32($1) }
    }

    private mutating func scanNumber() throws(JSONSyntaxError) {
        let start = position
        _ = take("-")
        guard currentIsDigit else { throw fault("Expecting value", at: start) }
        if !take("0") { skipDigits() }
        var isInteger = true
        if take(".") {
            isInteger = false
            try scanDigits(of: start)
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            try scanDigits(of: start)
        }
        if currentIsDigit { throw fault("Numbers may not begin with 0", at: start) }
        try checkRange(String(String.UnicodeScalarView(text[start..<position])), isInteger: isInteger, at: start)
    }

    private func checkRange(_ number: String, isInteger: Bool, at start: Int) throws(JSONSyntaxError) {
        if isInteger {
            guard Int64(number) != nil || UInt64(number) != nil else {
                throw fault("Integer beyond 64 bits", at: start)
            }
        } else {
            guard Double(number)?.isFinite == true else {
                throw fault("Number beyond the range of a double", at: start)
            }
        }
    }

    private mutating func scanDigits(of start: Int) throws(JSONSyntaxError) {
        guard currentIsDigit else { throw fault("Expecting a digit") }
        skipDigits()
    }

    private mutating func skipDigits() {
        while currentIsDigit { position += 1 }
    }

    private mutating func scanLiteral() throws(JSONSyntaxError) {
        for literal in ["true", "false", "null"] where text[position...].starts(with: literal.unicodeScalars) {
            position += literal.count
            return
        }
        throw fault("Expecting value")
    }

    private var current: Unicode.Scalar? {
        position < text.count ? text[position] : nil
    }

    private var currentIsDigit: Bool {
        current.map { ("0"..."9").contains($0) } ?? false
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let scalar = current, scalar == " " || scalar == "\n" || scalar == "\r" || scalar == "\t" {
            position += 1
        }
    }

    private func fault(_ message: String, at offset: Int? = nil) -> JSONSyntaxError {
        JSONSyntaxError(offset: offset ?? position, message: message)
    }
}
