extension String {
    /// The text on one line, without anything that a terminal interprets: control characters, line separators and
    /// bidirectional marks are escaped as `\n`, `\x1b`, `\u{202e}`.
    var printable: String {
        if unicodeScalars.allSatisfy(\.isPrintable) { return self }
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.isPrintable: text.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x100:
                let digits = String(scalar.value, radix: 16)
                text += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: text += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return text
    }

    /// The first `limit` bytes of the text in UTF-8, or fewer so as not to split a scalar, and how long it was if it is
    /// cut.
    func shortened(to limit: Int) -> String {
        let count = utf8.count
        if count <= limit { return self }
        var end = utf8.index(startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { utf8.formIndex(before: &end) }
        return String(self[..<end]) + "… (\(count) bytes)"
    }
}

extension Unicode.Scalar {
    fileprivate var isPrintable: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: false
        default: true
        }
    }
}
