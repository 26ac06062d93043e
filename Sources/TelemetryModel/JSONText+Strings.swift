internal import Glibc

extension JSONText {
    /// The decoded string; nil for any other value.
    public var string: String? {
        guard kind == .string else { return nil }
        return utf8.withUnsafeBufferPointer { text in
            let content = UnsafeBufferPointer(rebasing: text[1..<text.count - 1])
            guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
            return String(decoding: Self.unescaped(Array(content)[...]), as: UTF8.self)
        }
    }

    /// The value of a number that is a 64-bit unsigned integer; nil for any other value.
    public var unsignedInteger: UInt64? {
        kind == .number ? UInt64(description) : nil
    }

    /// The largest integer that every JSON reader represents exactly (RFC 8259, section 6).
    package static let largestExactInteger: UInt64 = 1 << 53 - 1

    /// The value of a number that is an integer from 0 to ``largestExactInteger``; nil for any other value.
    package var exactInteger: UInt64? {
        unsignedInteger.flatMap { $0 <= Self.largestExactInteger ? $0 : nil }
    }

    /// Whether this is a string of the characters `ascii`, none of which JSON escapes.
    package func equals(_ ascii: StaticString) -> Bool {
        utf8.withUnsafeBufferPointer { $0.isString(ascii) }
    }

    fileprivate static func unescaped(_ content: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count)
        var rest = content
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch escape {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"): bytes.append(contentsOf: takeScalar(&rest).utf8)
            default: bytes.append(escape)
            }
        }
        return bytes
    }

    /// Decodes a `\uXXXX` of which `\u` has been consumed, and the low surrogate that follows a high one.
    private static func takeScalar(_ rest: inout ArraySlice<UInt8>) -> Character {
        func takeCodeUnit() -> UInt32 {
            let digits = rest.prefix(4)
            rest = rest.dropFirst(4)
            return UInt32(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
        }
        var value = takeCodeUnit()
        if (0xD800..<0xDC00).contains(value) {
            rest = rest.dropFirst(2)
            value = 0x10000 + (value - 0xD800) << 10 + (takeCodeUnit() & 0x3FF)
        }
        return Character(Unicode.Scalar(value) ?? "\u{FFFD}")
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether this is a JSON string of the characters `ascii`, none of which JSON escapes.
    func isString(_ ascii: StaticString) -> Bool {
        if isPlainString(ascii) { return true }
        // Unnecessary escapes make a string longer.
        guard count > ascii.utf8CodeUnitCount + 2, contains(UInt8(ascii: "\\")) else { return false }
        return JSONText(validated: Array(self)).string == ascii.description
    }

    /// Whether this is a JSON string of the characters `ascii`, none of which is escaped.
    @inline(__always)  // For constant characters this becomes a comparison of one or two words.
    func isPlainString(_ ascii: StaticString) -> Bool {
        guard let base = baseAddress, count == ascii.utf8CodeUnitCount + 2 else { return false }
        return memcmp(base + 1, ascii.utf8Start, ascii.utf8CodeUnitCount) == 0
    }
}
