/// Writes numbers and texts one behind the other: integers with as few bytes as they need (LEB128, and zigzag for signed
/// ones), all else in little-endian order.
struct ByteEncoder {
    var bytes: [UInt8] = []

    mutating func append(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func append(_ number: Int) { append(UInt64(number)) }

    mutating func append(signed number: Int64) {
        append(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    }

    mutating func append(text: some Collection<UInt8>) {
        append(text.count)
        bytes.append(contentsOf: text)
    }

    mutating func append(fixed number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(fixed number: Int64) { append(fixed: UInt64(bitPattern: number)) }

    /// Appends a column of doubles.
    ///
    /// Readings mostly have few decimals. Where all are multiples of the same power of ten, these are written, each as the
    /// difference to the one before: some 2 bytes instead of 8. Else the first bytes of all of them come first, then the second
    /// ones: so they compress better.
    mutating func append(column: [Double]) {
        for decimals in Decimals.range {
            guard let units = Decimals.units(column, decimals) else { continue }
            append(decimals + 1)
            var previous: Int64 = 0
            for unit in units {
                append(signed: unit - previous)
                previous = unit
            }
            return
        }
        append(0)
        let count = column.count
        let start = bytes.count
        bytes += [UInt8](repeating: 0, count: 8 * count)
        bytes.withUnsafeMutableBufferPointer { bytes in
            for (row, number) in column.enumerated() {
                var pattern = number.bitPattern
                for plane in 0..<8 {
                    bytes[start + plane * count + row] = UInt8(truncatingIfNeeded: pattern)
                    pattern >>= 8
                }
            }
        }
    }
}

/// Doubles as multiples of a power of ten, where that gives back the very same doubles.
private enum Decimals {
    static let range = 0...6

    static let powers: [Double] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]

    /// So large a number of units has a double of its own.
    private static let limit = 9_007_199_254_740_992.0

    /// - Returns: nil when one of them is no such multiple.
    static func units(_ column: [Double], _ decimals: Int) -> [Int64]? {
        let power = powers[decimals]
        var units: [Int64] = []
        units.reserveCapacity(column.count)
        for number in column {
            let scaled = (number * power).rounded()
            guard abs(scaled) < limit else { return nil }
            let unit = Int64(scaled)
            guard Self.number(unit, power).bitPattern == number.bitPattern else { return nil }
            units.append(unit)
        }
        return units
    }

    static func number(_ units: Int64, _ power: Double) -> Double { Double(units) / power }
}

/// Reads what ``ByteEncoder`` wrote. Nothing is read beyond the end: what is not there is 0, and ``isSound`` false.
struct ByteDecoder {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private(set) var isSound = true

    /// SAFETY: the caller keeps the bytes for as long as it uses the decoder.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - position }

    mutating func number() -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 64 {
            let byte = bytes[position]
            position += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        isSound = false
        return 0
    }

    /// A number that is not above a limit; more is damage.
    mutating func count(upTo limit: Int) -> Int {
        let number = number()
        if number <= UInt64(limit) { return Int(number) }
        isSound = false
        return 0
    }

    mutating func signed() -> Int64 {
        let number = number()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    mutating func text() -> [UInt8] {
        let length = count(upTo: remaining)
        defer { position += length }
        return Array(bytes[position..<position + length])
    }

    mutating func fixed() -> UInt64 {
        guard remaining >= 8 else {
            isSound = false
            return 0
        }
        defer { position += 8 }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    mutating func fixedSigned() -> Int64 { Int64(bitPattern: fixed()) }

    mutating func column(_ count: Int) -> [Double] {
        let form = self.count(upTo: Decimals.range.count)
        if form > 0 {
            let power = Decimals.powers[form - 1]
            var units: Int64 = 0
            return (0..<count).map { _ in
                units &+= signed()
                return Decimals.number(units, power)
            }
        }
        guard remaining >= 8 * count else {
            isSound = false
            return Array(repeating: 0, count: count)
        }
        defer { position += 8 * count }
        return (0..<count).map { row in
            var pattern: UInt64 = 0
            for plane in 0..<8 { pattern |= UInt64(bytes[position + plane * count + row]) << UInt64(8 * plane) }
            return Double(bitPattern: pattern)
        }
    }
}
