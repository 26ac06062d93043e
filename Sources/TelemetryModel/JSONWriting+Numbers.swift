/// Writing numbers as JSON text, many at once.
extension [UInt8] {
    /// Appends an integer.
    package mutating func append(integer value: Int64) {
        append(atMost: ByteWriter.maximumNumberLength) { $0.write(integer: value) }
    }

    /// Appends a number as the shortest decimal that reads back as the same double, an integer without a fraction. What is
    /// no number in JSON, an infinity or NaN, is `null`.
    package mutating func append(number value: Double) {
        append(atMost: ByteWriter.maximumNumberLength) { $0.write(number: value) }
    }

    /// Appends an array of integers.
    package mutating func append(integers values: [Int64]) {
        append(array: values) { $0.write(integer: $1) }
    }

    /// Appends an array of numbers, each as ``append(number:)`` writes it.
    package mutating func append(numbers values: [Double]) {
        append(array: values) { $0.write(number: $1) }
    }

    @inline(__always)
    private mutating func append<Value>(array values: [Value], _ write: (inout ByteWriter, Value) -> Void) {
        append(atMost: values.count * (ByteWriter.maximumNumberLength + 1) + 2) { writer in
            writer.write(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { writer.write(UInt8(ascii: ",")) }
                write(&writer, value)
            }
            writer.write(UInt8(ascii: "]"))
        }
    }
}

extension ByteWriter {
    /// An upper bound for the length of a number: `-1.7976931348623157e+308` has 24 characters.
    static let maximumNumberLength = 26

    mutating func write(integer value: Int64) {
        if value < 0 { write(UInt8(ascii: "-")) }
        write(decimal: value.magnitude)
    }

    mutating func write(number value: Double) {
        let magnitude = value.magnitude
        if magnitude < 1e9 {
            // Most measurements have a few decimals. Of decimals with at most 15 digits each is another double, so one that
            // reads back is the shortest.
            let millionths = Int64(magnitude * 1e6 + 0.5)
            if Double(millionths) / 1e6 == magnitude {
                writeSign(of: value)
                let (whole, fraction) = millionths.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
                write(decimal: whole)
                if fraction > 0 { write(millionths: fraction) }
                return
            }
        }
        if magnitude < 0x1p54, Double(Int64(magnitude)) == magnitude {
            writeSign(of: value)
            write(decimal: UInt64(magnitude))
        } else if magnitude.isFinite {
            var text = value.description
            text.withUTF8 { write($0) }
        } else {
            write(ascii: "null")
        }
    }

    private mutating func writeSign(of value: Double) {
        if value.sign == .minus { write(UInt8(ascii: "-")) }
    }

    /// Writes a fraction without the zeros at its end: `.25` for 250,000.
    private mutating func write(millionths: UInt64) {
        var digits = millionths
        var count = 6
        while digits % 10 == 0 {
            digits /= 10
            count -= 1
        }
        write(UInt8(ascii: "."))
        write(decimal: digits, digits: count)
    }
}
