/// The entries of a header field that says what a client prefers, such as `Accept` (RFC 9110, section 12.4.2).
///
/// An entry that is malformed is left out.
struct QualityList {
    struct Entry: Equatable {
        /// In lower case.
        let value: String

        /// Names in lower case, and values without their quotes; those that stand before the quality.
        var parameters: [String: String] = [:]

        /// From 0, not acceptable, to 1,000.
        var quality = 1_000
    }

    let entries: [Entry]

    init(_ text: String) {
        entries = text.split(outsideQuotesAt: ",").compactMap(Entry.init)
    }
}

extension QualityList.Entry {
    /// - Returns: nil when it is malformed.
    init?(_ text: String) {
        let parts = text.split(outsideQuotesAt: ";").map(\.trimmed)
        guard let value = parts.first, !value.isEmpty, !value.contains(where: { $0.isWhitespace || $0 == "\"" }) else {
            return nil
        }
        self.value = value.asciiLowercased
        for part in parts.dropFirst() {
            guard let (name, value) = part.nameAndValue else { return nil }
            guard name == "q" else {
                parameters[name] = value
                continue
            }
            guard let quality = Self.quality(value) else { return nil }
            self.quality = quality
            // What follows was once meant for extensions, of which there are none.
            break
        }
    }

    /// `0.5` as 500; nil for what is no quality value.
    private static func quality(_ text: String) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts.count > 1 ? String(parts[1]) : ""
        guard digits.count <= 3, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let thousandths = Int(digits + String(repeating: "0", count: 3 - digits.count))
        else { return nil }
        switch parts[0] {
        case "0": return thousandths
        case "1" where thousandths == 0: return 1_000
        default: return nil
        }
    }
}

extension String {
    /// The parts between separators that do not stand in a quoted string; empty ones are left out.
    func split(outsideQuotesAt separator: Unicode.Scalar) -> [String] {
        var parts = [""]
        var isQuoted = false
        var isEscaped = false
        for scalar in unicodeScalars {
            if scalar == separator, !isQuoted {
                parts.append("")
                continue
            }
            if isEscaped {
                isEscaped = false
            } else if scalar == "\"" {
                isQuoted.toggle()
            } else {
                isEscaped = isQuoted && scalar == "\\"
            }
            parts[parts.count - 1].unicodeScalars.append(scalar)
        }
        return parts.filter { !$0.trimmed.isEmpty }
    }

    /// The text with the letters of ASCII in lower case, and all else as it is: the case of others has no meaning in HTTP.
    var asciiLowercased: String {
        String(
            decoding: utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// The text without blanks and tabs at its ends.
    var trimmed: String {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
        var rest = unicodeScalars[...]
        while let first = rest.first, isBlank(first) { rest.removeFirst() }
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return String(String.UnicodeScalarView(rest))
    }

    /// A parameter, `name=value`: its name in lower case, its value without quotes; nil when it is none.
    var nameAndValue: (name: String, value: String)? {
        guard let equals = firstIndex(of: "=") else { return nil }
        let name = String(self[..<equals]).asciiLowercased
        guard let value = String(self[index(after: equals)...]).unquoted else { return nil }
        guard !name.isEmpty, !value.isEmpty, !name.contains(where: \.isWhitespace) else { return nil }
        return (name, value)
    }

    /// What a quoted string means, and any other text as it is; nil when the second quote is missing.
    private var unquoted: String? {
        guard first == "\"" else { return self }
        var value = ""
        var rest = unicodeScalars.dropFirst()
        while let scalar = rest.popFirst() {
            if scalar == "\"" { return rest.isEmpty ? value : nil }
            guard let meant = scalar == "\\" ? rest.popFirst() : scalar else { return nil }
            value.unicodeScalars.append(meant)
        }
        return nil
    }
}
