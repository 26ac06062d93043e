internal import TelemetryModel

/// Text that grows while it is written, without the checks of an array.
struct TextBuffer: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int
    private let limit: Int

    /// Whether more than the limit was written. What is kept is then of no meaning.
    private(set) var isOverLimit = false

    /// The second of the time that was written last, and that time up to its fraction: most are of the same second.
    private var second: UInt64 = .max
    private var secondText: (UInt64, UInt64, UInt32) = (0, 0, 0)

    init(capacity: Int, limit: Int) {
        self.capacity = max(256, capacity)
        self.limit = max(self.capacity, limit)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    /// What was written.
    var bytes: [UInt8] { [UInt8](UnsafeBufferPointer(start: base, count: count)) }

    /// Makes room for so many bytes, and returns where to write them.
    @inline(__always)
    private mutating func take(_ length: Int) -> UnsafeMutablePointer<UInt8> {
        if length > capacity - count { grow(by: length) }
        let place = base + count
        count += length
        return place
    }

    @inline(never)
    private mutating func grow(by length: Int) {
        if count + length > limit {
            // It goes on from the start, and is refused at the end.
            isOverLimit = true
            count = 0
            if length <= capacity { return }
        }
        let larger = max(2 * capacity, count + length)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        memory.moveInitialize(from: base, count: count)
        base.deallocate()
        base = memory
        capacity = larger
    }

    @inline(__always)
    mutating func write(_ byte: UInt8) {
        take(1).initialize(to: byte)
    }

    @inline(__always)  // Constant text becomes a few stores.
    mutating func write(_ text: StaticString) {
        write(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func write(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        take(bytes.count).initialize(from: source, count: bytes.count)
    }

    mutating func write(bytes: some Collection<UInt8>) {
        for byte in bytes { write(byte) }
    }

    /// Writes a JSON string.
    ///
    /// - Parameter isPlain: whether nothing in it is to be escaped.
    @inline(__always)
    mutating func write(string: UnsafeBufferPointer<UInt8>, isPlain: Bool) {
        guard isPlain, let source = string.baseAddress else { return writeEscaped(string) }
        let place = take(string.count + 2)
        place.initialize(to: UInt8(ascii: "\""))
        (place + 1).initialize(from: source, count: string.count)
        (place + 1 + string.count).initialize(to: UInt8(ascii: "\""))
    }

    private mutating func writeEscaped(_ string: UnsafeBufferPointer<UInt8>) {
        write(UInt8(ascii: "\""))
        for byte in string {
            switch byte {
            case UInt8(ascii: "\""): write("\\\"")
            case UInt8(ascii: "\\"): write("\\\\")
            case 0x0A: write("\\n")
            case 0x0D: write("\\r")
            case 0x09: write("\\t")
            case 0..<0x20:
                write("\\u00")
                write(Self.digit(byte >> 4))
                write(Self.digit(byte & 15))
            default: write(byte)
            }
        }
        write(UInt8(ascii: "\""))
    }

    /// Writes bytes as a JSON string of hexadecimal digits in lower case.
    mutating func write(hexadecimal bytes: UnsafeBufferPointer<UInt8>) {
        let place = take(2 * bytes.count + 2)
        place.initialize(to: UInt8(ascii: "\""))
        var next = place + 1
        for byte in bytes {
            next.initialize(to: Self.digit(byte >> 4))
            (next + 1).initialize(to: Self.digit(byte & 15))
            next += 2
        }
        next.initialize(to: UInt8(ascii: "\""))
    }

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        value &+ (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }

    /// Writes bytes as a JSON string in base64, with padding.
    mutating func write(base64 bytes: UnsafeBufferPointer<UInt8>) {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        write(UInt8(ascii: "\""))
        var index = 0
        while index < bytes.count {
            let left = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if left > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if left > 2 { group |= UInt32(bytes[index + 2]) }
            for digit in 0..<4 {
                let value = Int(group >> UInt32(18 - 6 * digit) & 63)
                write(digit <= left ? alphabet.utf8Start[value] : UInt8(ascii: "="))
            }
            index += 3
        }
        write(UInt8(ascii: "\""))
    }
}

/// Numbers and times.
extension TextBuffer {
    mutating func write(_ value: UInt64) {
        var length = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            length += 1
        }
        write(value, digits: length)
    }

    mutating func write(_ value: Int64) {
        if value < 0 { write(UInt8(ascii: "-")) }
        write(value.magnitude)
    }

    /// Writes an integer of at most so many digits, with zeros before it.
    @inline(__always)
    mutating func write(_ value: UInt64, digits count: Int) {
        var next = take(count) + count
        var rest = value
        for _ in 0..<count {
            next -= 1
            next.initialize(to: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
    }

    /// Writes the shortest decimal that reads back as the same double, always with a point or an exponent; what is no number in
    /// JSON as `"NaN"`, `"Infinity"` or `"-Infinity"`.
    mutating func write(_ value: Double) {
        let magnitude = value.magnitude
        if magnitude < 1e9 {
            // Of decimals with at most 15 digits each is another double, so one that reads back is the shortest.
            let millionths = UInt64(magnitude * 1e6 + 0.5)
            if Double(millionths) / 1e6 == magnitude {
                if value.sign == .minus { write(UInt8(ascii: "-")) }
                write(millionths / 1_000_000)
                write(fraction: millionths % 1_000_000, digits: 6)
                return
            }
        }
        if value.isNaN {
            write("\"NaN\"")
        } else if value.isInfinite {
            if value < 0 { write("\"-Infinity\"") } else { write("\"Infinity\"") }
        } else {
            var text = value.description
            text.withUTF8 { write($0) }
        }
    }

    /// Writes a point and a fraction without the zeros at its end, but with at least one digit.
    private mutating func write(fraction: UInt64, digits: Int) {
        var (fraction, digits) = (fraction, digits)
        while digits > 1, fraction % 10 == 0 {
            fraction /= 10
            digits -= 1
        }
        write(UInt8(ascii: "."))
        write(fraction, digits: digits)
    }

    /// Writes nanoseconds as seconds, exactly: `0.25`, `-1.0`.
    mutating func write(seconds nanoseconds: UInt64, isNegative: Bool) {
        if isNegative { write(UInt8(ascii: "-")) }
        write(nanoseconds / 1_000_000_000)
        write(fraction: nanoseconds % 1_000_000_000, digits: 9)
    }

    /// Writes a time as `2026-05-20T10:00:00.123456789Z`, without quotes.
    ///
    /// - Parameter nanoseconds: since 1970-01-01T00:00:00Z.
    mutating func write(time nanoseconds: UInt64) {
        let (second, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        if second == self.second {
            let place = UnsafeMutableRawPointer(take(20))
            place.storeBytes(of: secondText.0, as: UInt64.self)
            place.storeBytes(of: secondText.1, toByteOffset: 8, as: UInt64.self)
            place.storeBytes(of: secondText.2, toByteOffset: 16, as: UInt32.self)
        } else {
            write(second: second)
        }
        write(fraction, digits: 9)
        write(UInt8(ascii: "Z"))
    }
    private mutating func write(second: UInt64) {
        // A date is in the text of any time; `Timestamp` knows the calendar.
        var text = Timestamp(milliseconds: Int64(second) * 1_000).description
        text.withUTF8 { text in
            write(UnsafeBufferPointer(rebasing: text.prefix(20)))
            let bytes = UnsafeRawBufferPointer(text)
            secondText = (
                bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
            )
        }
        self.second = second
    }
}
