/// What the bytes of a string are.
enum TextCheck {
    case invalid

    /// UTF-8 that stands in a JSON string as it is.
    case plain

    /// UTF-8 with characters that JSON escapes.
    case escaped

    /// Looks at eight bytes at a time.
    @inline(__always)
    init(_ start: UnsafePointer<UInt8>, _ count: Int) {
        var index = 0
        var special: UInt64 = 0
        var nonASCII: UInt64 = 0
        while index + 8 <= count {
            let bytes = UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self)
            special |= Self.special(bytes)
            nonASCII |= bytes
            index += 8
        }
        if index < count {
            // The rest, with letters behind it.
            var bytes: UInt64 = 0x6161_6161_6161_6161
            while index < count {
                bytes = bytes << 8 | UInt64(start[index])
                index += 1
            }
            special |= Self.special(bytes)
            nonASCII |= bytes
        }
        if nonASCII & Self.high != 0, !Self.isUTF8(start, count) {
            self = .invalid
        } else {
            self = special & Self.high == 0 ? .plain : .escaped
        }
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let high: UInt64 = 0x8080_8080_8080_8080

    /// Has the high bit of a byte set if there is a control character, a quote or a backslash.
    @inline(__always)
    private static func special(_ bytes: UInt64) -> UInt64 {
        let quote = bytes ^ (ones &* 0x22)
        let backslash = bytes ^ (ones &* 0x5C)
        return ((bytes &- ones &* 0x20) & ~bytes) | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
    }

    private static func isUTF8(_ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var index = 0
        while index < count {
            let byte = start[index]
            if byte < 0x80 {
                index += 1
                continue
            }
            let length: Int
            let least: UInt8
            let greatest: UInt8
            switch byte {
            case 0xC2...0xDF: (length, least, greatest) = (2, 0x80, 0xBF)
            case 0xE0: (length, least, greatest) = (3, 0xA0, 0xBF)
            case 0xED: (length, least, greatest) = (3, 0x80, 0x9F)
            case 0xE1...0xEF: (length, least, greatest) = (3, 0x80, 0xBF)
            case 0xF0: (length, least, greatest) = (4, 0x90, 0xBF)
            case 0xF1...0xF3: (length, least, greatest) = (4, 0x80, 0xBF)
            case 0xF4: (length, least, greatest) = (4, 0x80, 0x8F)
            default: return false
            }
            guard index + length <= count, (least...greatest).contains(start[index + 1]) else { return false }
            for next in index + 2..<index + length where start[next] & 0xC0 != 0x80 { return false }
            index += length
        }
        return true
    }
}
