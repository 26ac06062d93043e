/// Writes text into a buffer of fixed size, without the growth checks and copies of appending to an array.
///
/// The caller sizes the buffer by the upper bounds of what it writes, such as ``maximumLength(jsonString:)``. Writing
/// beyond the end traps.
///
/// SAFETY: the buffer is borrowed: the caller keeps it alive for as long as it uses the writer, and nothing else writes
/// to it meanwhile. Each write is checked against `end` before it is made.
struct ByteWriter {
    private let start: UnsafeMutablePointer<UInt8>
    private var next: UnsafeMutablePointer<UInt8>
    private let end: UnsafeMutablePointer<UInt8>

    /// How many bytes have been written.
    var count: Int { next - start }

    init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
        guard let base = memory.baseAddress else { preconditionFailure("no memory to write to") }
        start = base
        next = base
        end = base + memory.count
    }

    /// Writes the characters of `text` as they stand.
    @inline(__always)  // Constant text becomes a few stores.
    mutating func write(ascii text: StaticString) {
        write(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func write(_ json: JSONText) {
        json.utf8.withUnsafeBufferPointer { write($0) }
    }

    mutating func write(_ byte: UInt8) {
        take(1)
        next[-1] = byte
    }

    @inline(__always)
    mutating func write(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return }
        take(bytes.count)
        (next - bytes.count).update(from: base, count: bytes.count)
    }

    /// An upper bound for the length of a JSON string: each byte may become `\u00XX`.
    static func maximumLength(jsonString text: String) -> Int { 6 * text.utf8.count + 2 }

    /// Writes a quoted JSON string with the escapes that RFC 8259 asks for, and no others.
    mutating func write(jsonString text: String) {
        write(UInt8(ascii: "\""))
        if text.utf8.withContiguousStorageIfAvailable({ write(escaping: $0) }) == nil {
            for byte in text.utf8 { write(escaping: byte) }
        }
        write(UInt8(ascii: "\""))
    }

    /// The number of digits of `UInt64.max`.
    static let maximumDecimalLength = 20

    /// Writes an integer in decimal.
    mutating func write(decimal value: UInt64) {
        var length = 1
        var power: UInt64 = 10
        while length < Self.maximumDecimalLength, value >= power {
            length += 1
            power = power &* 10
        }
        write(decimal: value, digits: length)
    }

    /// Writes an integer of at most so many digits, with zeros before it.
    @inline(__always)
    mutating func write(decimal value: UInt64, digits count: Int) {
        take(count)
        var digit = next
        var rest = value
        for _ in 0..<count {
            digit -= 1
            digit.pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    @inline(__always)
    private mutating func take(_ length: Int) {
        precondition(length <= end - next)
        next += length
    }

    private mutating func write(escaping bytes: UnsafeBufferPointer<UInt8>) {
        if bytes.hasAny({ $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            for byte in bytes { write(escaping: byte) }
        } else {
            write(bytes)
        }
    }

    private mutating func write(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): write(ascii: "\\\"")
        case UInt8(ascii: "\\"): write(ascii: "\\\\")
        case 0x0A: write(ascii: "\\n")
        case 0x0D: write(ascii: "\\r")
        case 0x09: write(ascii: "\\t")
        case 0..<0x20:
            write(ascii: "\\u00")
            write(Self.digit(byte >> 4))
            write(Self.digit(byte & 15))
        default: write(byte)
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether `isLookedFor` is true of any byte. It does not stop at the first, so that the compiler can vectorize it.
    @inline(__always)
    func hasAny(_ isLookedFor: (UInt8) -> Bool) -> Bool {
        var found = false
        for index in 0..<count { found = isLookedFor(self[index]) || found }
        return found
    }
}
