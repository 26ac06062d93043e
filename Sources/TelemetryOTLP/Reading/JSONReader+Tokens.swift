/// A string of the text, without its quotes and escapes.
///
/// SAFETY: it is within the reader's text, and used before that is read on.
struct JSONString {
    let start: UnsafeMutablePointer<UInt8>
    var count: Int

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// Puts the bytes in the place of their digits.
    ///
    /// - Returns: whether these are hexadecimal digits, two a byte.
    mutating func decodeHexadecimal() -> Bool {
        guard count % 2 == 0 else { return false }
        for index in 0..<count / 2 {
            guard let high = Self.digit(start[2 * index]), let low = Self.digit(start[2 * index + 1]) else {
                return false
            }
            start[index] = high << 4 | low
        }
        count /= 2
        return true
    }

    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Puts the bytes in the place of their base64 form, of either alphabet, with or without padding.
    ///
    /// - Returns: whether it is one.
    mutating func decodeBase64() -> Bool {
        var digits = count
        while digits > 0, count - digits < 2, start[digits - 1] == UInt8(ascii: "=") { digits -= 1 }
        guard digits % 4 != 1, digits == count || count % 4 == 0 else { return false }
        var written = 0
        var bits: UInt32 = 0
        for index in 0..<digits {
            let digit: UInt8
            switch start[index] {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = start[index] - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = start[index] - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = start[index] - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): digit = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): digit = 63
            default: return false
            }
            bits = bits << 6 | UInt32(digit)
            // The bytes stand behind what was read by then.
            if index % 4 != 0 {
                start[written] = UInt8(truncatingIfNeeded: bits >> UInt32(6 - 2 * (index % 4)))
                written += 1
            }
        }
        count = written
        return true
    }
}

extension JSONReader {
    /// Reads the string at `position`, and undoes its escapes in place.
    mutating func takeString() -> JSONString {
        let start = text + position + 1
        var end = start
        while end.pointee != UInt8(ascii: "\""), end.pointee != UInt8(ascii: "\\") { end += 1 }
        if end.pointee == UInt8(ascii: "\"") {
            position = end - text + 1
            return JSONString(start: start, count: end - start)
        }
        var target = end
        while end.pointee != UInt8(ascii: "\"") {
            if end.pointee == UInt8(ascii: "\\") {
                Self.unescape(&end, to: &target)
            } else {
                target.pointee = end.pointee
                end += 1
                target += 1
            }
        }
        position = end - text + 1
        return JSONString(start: start, count: target - start)
    }

    /// Undoes one escape, which is never shorter than what it stands for.
    private static func unescape(
        _ next: inout UnsafeMutablePointer<UInt8>, to target: inout UnsafeMutablePointer<UInt8>
    ) {
        let escape = next[1]
        next += 2
        switch escape {
        case UInt8(ascii: "b"): target.pointee = 0x08
        case UInt8(ascii: "f"): target.pointee = 0x0C
        case UInt8(ascii: "n"): target.pointee = 0x0A
        case UInt8(ascii: "r"): target.pointee = 0x0D
        case UInt8(ascii: "t"): target.pointee = 0x09
        case UInt8(ascii: "u"):
            var scalar = codeUnit(&next)
            if scalar >> 10 == 0xD800 >> 10 {
                next += 2
                scalar = 0x10000 + (scalar & 0x3FF) << 10 + codeUnit(&next) & 0x3FF
            }
            let scalars = Unicode.Scalar(scalar) ?? "\u{FFFD}"
            for byte in UTF8.encode(scalars) ?? UTF8.encodedReplacementCharacter {
                target.pointee = byte
                target += 1
            }
            return
        default: target.pointee = escape
        }
        target += 1
    }

    private static func codeUnit(_ next: inout UnsafeMutablePointer<UInt8>) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<4 { value = value << 4 | UInt32(JSONString.digit(next[index]) ?? 0) }
        next += 4
        return value
    }

    /// Skips the value at `position`.
    mutating func skipValue() {
        var depth = 0
        repeat {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                while byte != UInt8(ascii: "\"") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
                position += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                position += 1
            default:
                skipScalar()
            }
        } while depth > 0
    }

    /// Skips a number, a boolean or null.
    private mutating func skipScalar() {
        while byte != UInt8(ascii: ","), byte != UInt8(ascii: "}"), byte != UInt8(ascii: "]") { position += 1 }
    }

    /// Reads the number at `position`, which may be text.
    ///
    /// - Returns: its bits, as in ``Node/value``; nil if it is no number of the kind.
    mutating func takeNumber(_ kind: FieldKind, _ enumeration: Enumeration) -> UInt64? {
        let number: UnsafeBufferPointer<UInt8>
        let isText = byte == UInt8(ascii: "\"")
        if isText {
            number = takeString().bytes
        } else {
            let start = position
            guard byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") < 10 else { return nil }
            skipScalar()
            number = UnsafeBufferPointer(start: text + start, count: position - start)
        }
        if kind == .double { return Self.double(number, isText: isText).map(\.bitPattern) }
        if kind == .enumeration, isText, let value = enumeration.number(of: number) { return UInt64(bitPattern: value) }
        guard let (magnitude, isNegative) = Self.integer(number) else { return nil }
        let limit: UInt64
        switch kind {
        case .int32, .sint32, .enumeration: limit = isNegative ? 1 << 31 : 1 << 31 - 1
        case .int64, .sfixed64: limit = isNegative ? 1 << 63 : 1 << 63 - 1
        case .uint32, .fixed32: limit = isNegative ? 0 : UInt64(UInt32.max)
        default: limit = isNegative ? 0 : .max
        }
        return magnitude > limit ? nil : isNegative ? 0 &- magnitude : magnitude
    }

    private static func double(_ number: UnsafeBufferPointer<UInt8>, isText: Bool) -> Double? {
        let text = String(decoding: number, as: UTF8.self)
        if isText {
            switch text {
            case "NaN": return .nan
            case "Infinity": return .infinity
            case "-Infinity": return -.infinity
            default: break
            }
            // JSON's numbers only: Swift reads `inf` and `0x1p3`, too.
            guard number.allSatisfy({ ($0 < 0x3A && $0 > 0x2A) || $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") })
            else { return nil }
        }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// The value of a decimal that is an integer: `5`, `5.0`, `5e2`.
    private static func integer(_ number: UnsafeBufferPointer<UInt8>) -> (magnitude: UInt64, isNegative: Bool)? {
        let isNegative = number.first == UInt8(ascii: "-")
        let digits = number.dropFirst(isNegative ? 1 : 0)
        guard !digits.isEmpty else { return nil }
        var magnitude: UInt64 = 0
        for byte in digits {
            guard byte &- UInt8(ascii: "0") < 10 else { return scaledInteger(number, isNegative) }
            let (product, isTooLarge) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, isSumTooLarge) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !isTooLarge, !isSumTooLarge else { return nil }
            magnitude = sum
        }
        return (magnitude, isNegative)
    }

    /// The value of a decimal with a fraction or an exponent, which is exact as a double up to 2^53.
    private static func scaledInteger(
        _ number: UnsafeBufferPointer<UInt8>, _ isNegative: Bool
    ) -> (magnitude: UInt64, isNegative: Bool)? {
        guard let value = double(number, isText: true), let magnitude = UInt64(exactly: value.magnitude),
            magnitude <= 1 << 53
        else { return nil }
        return (magnitude, isNegative)
    }
}
