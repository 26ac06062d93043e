/// Long arrays of numbers. No text is made of a number in one of the usual forms.
extension JSONText {
    /// The numbers of an array, each as the nearest double; nil for any other value.
    var doubles: [Double]? { numbers { Self.double($0) } }

    /// The same for an array that may have nulls, each of which is NaN.
    var doublesOrNull: [Double]? { numbers { $0.first == UInt8(ascii: "n") ? .nan : Self.double($0) } }

    /// The numbers of an array, all of which are written as integers and fit; nil for any other value.
    var int64s: [Int64]? { numbers { Self.int64($0) } }

    /// The text is valid and minified: in an array of numbers each comma ends one.
    private func numbers<Number>(_ number: (UnsafeBufferPointer<UInt8>) -> Number?) -> [Number]? {
        guard kind == .array else { return nil }
        return utf8.withUnsafeBufferPointer { text in
            let end = text.count - 1
            var numbers: [Number] = []
            var start = 1
            while start < end {
                var comma = start
                while comma < end, text[comma] != UInt8(ascii: ",") { comma += 1 }
                guard let value = number(UnsafeBufferPointer(rebasing: text[start..<comma])) else { return nil }
                numbers.append(value)
                start = comma + 1
            }
            return numbers
        }
    }

    private static func int64(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let decimal = Decimal(text), decimal.places == 0 else {
            return Int64(String(decoding: text, as: UTF8.self))
        }
        return decimal.isNegative ? -decimal.digits : decimal.digits
    }

    private static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        guard let decimal = Decimal(text) else {
            return isNumber(text) ? Double(String(decoding: text, as: UTF8.self)) : nil
        }
        // Both are exact, and a division rounds once: William D. Clinger, "How to read floating point numbers accurately".
        let magnitude = Double(decimal.digits) / powersOfTen[decimal.places]
        return decimal.isNegative ? -magnitude : magnitude
    }

    /// Whether a text that is one valid JSON value, or a part of one, can be a number: Swift would read `nan` as one, too.
    private static func isNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.first.map { $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    /// A number of at most 15 digits, without an exponent.
    private struct Decimal {
        var isNegative = false
        var digits: Int64 = 0

        /// How many of the digits stand after the point.
        var places = 0

        /// Nil for any other text.
        init?(_ text: UnsafeBufferPointer<UInt8>) {
            var count = 0
            var point: Int?
            for (index, byte) in text.enumerated() {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    digits = digits * 10 + Int64(byte - UInt8(ascii: "0"))
                    count += 1
                    if count > 15 { return nil }
                case UInt8(ascii: "."):
                    guard point == nil else { return nil }
                    point = index
                case UInt8(ascii: "-"):
                    guard index == 0 else { return nil }
                    isNegative = true
                default: return nil
                }
            }
            guard count > 0 else { return nil }
            places = point.map { text.count - 1 - $0 } ?? 0
        }
    }
}
