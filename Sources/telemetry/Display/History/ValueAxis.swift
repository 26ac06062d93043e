internal import Glibc

/// The vertical axis of a plot: it begins and ends at round values that enclose all others, and has ticks at rounder ones.
struct ValueAxis {
    /// Where one is wider, all are written with a power of ten.
    private static let widestPlainLabel = 12

    /// Where the axis begins and ends, as multiples of `unit`.
    private let unit: RoundStep
    private let multiples: ClosedRange<Int64>

    /// The ticks from the lowest: where they stand (0 at the beginning of the axis, 1 at its end), and their numbers.
    let ticks: [(share: Double, label: String)]

    /// - Parameters:
    ///   - values: all that is shown, finite.
    ///   - intervals: how many there are at most between two ticks.
    init(_ values: ClosedRange<Double>, intervals: Int) {
        var (low, high) = (values.lowerBound, values.upperBound)
        let magnitude = max(low.magnitude, high.magnitude)
        // Halves, as the difference may be beyond the range of a double.
        if high / 2 - low / 2 <= magnitude * 1e-12 {
            let room = magnitude == 0 ? 1 : max(magnitude / 10, .leastNormalMagnitude)
            low = max(low - room, -.greatestFiniteMagnitude)
            high = min(high + room, .greatestFiniteMagnitude)
        }
        let unit = RoundStep(atLeast: high / Double(5 * intervals) - low / Double(5 * intervals))
        let first = Int64((low / unit.value + 1e-9).rounded(.down))
        let multiples = first...max(Int64((high / unit.value - 1e-9).rounded(.up)), first + 1)
        self.unit = unit
        self.multiples = multiples
        var step = RoundStep(atLeast: high / Double(intervals) - low / Double(intervals))
        var ticks = Self.ticks(step, unit, multiples)
        while ticks.count < 2 {
            step = step.smaller
            ticks = Self.ticks(step, unit, multiples)
        }
        self.ticks = ticks
    }

    /// Where a value stands: 0 at the beginning of the axis, 1 at its end.
    func share(of value: Double) -> Double { Self.share(of: value / unit.value, multiples) }

    private static func share(of multiple: Double, _ multiples: ClosedRange<Int64>) -> Double {
        let whole = Double(multiples.upperBound - multiples.lowerBound)
        return min(max((multiple - Double(multiples.lowerBound)) / whole, 0), 1)
    }

    private static func ticks(
        _ step: RoundStep, _ unit: RoundStep, _ multiples: ClosedRange<Int64>
    ) -> [(share: Double, label: String)] {
        let ratio = step.value / unit.value
        let first = Int64((Double(multiples.lowerBound) / ratio - 1e-9).rounded(.up))
        let last = Int64((Double(multiples.upperBound) / ratio + 1e-9).rounded(.down))
        guard first <= last else { return [] }
        let isPlain = [first, last].allSatisfy { step.plain($0).utf8.count <= widestPlainLabel }
        return (first...last).map {
            (share(of: Double($0) * ratio, multiples), isPlain ? step.plain($0) : step.scientific($0))
        }
    }
}

/// 1, 2 or 5 times a power of ten.
private struct RoundStep {
    private let mantissa: Int64
    private let exponent: Int
    let value: Double

    private init(_ mantissa: Int64, _ exponent: Int) {
        self.mantissa = mantissa
        self.exponent = exponent
        value = Double(mantissa) * pow(10, Double(exponent))
    }

    /// The first that is no smaller than a number; the largest one of all, if none is.
    init(atLeast number: Double) {
        let number = max(number, .leastNormalMagnitude)
        let exponent = Int(log10(number).rounded(.down))
        let candidates = [
            RoundStep(1, exponent), RoundStep(2, exponent), RoundStep(5, exponent), RoundStep(1, exponent + 1),
        ]
        .filter(\.value.isFinite)
        self =
            candidates.first { $0.value >= number * (1 - 1e-9) } ?? candidates.last
            ?? RoundStep(1, exponent)
    }

    var smaller: RoundStep {
        switch mantissa {
        case 1: RoundStep(5, exponent - 1)
        case 2: RoundStep(1, exponent)
        default: RoundStep(2, exponent)
        }
    }

    /// A multiple of the step, exactly: `0.50`, `1779235200`.
    func plain(_ multiple: Int64) -> String {
        if multiple == 0 { return "0" }
        let sign = multiple < 0 ? "-" : ""
        let digits = String((multiple * mantissa).magnitude)
        guard exponent < 0 else { return sign + digits + String(repeating: "0", count: exponent) }
        let padded = String(repeating: "0", count: max(0, 1 - exponent - digits.utf8.count)) + digits
        return sign + padded.dropLast(-exponent) + "." + padded.suffix(-exponent)
    }

    /// The same with a power of ten: `5e-9`, `1.5e20`.
    func scientific(_ multiple: Int64) -> String {
        if multiple == 0 { return "0" }
        let digits = String((multiple * mantissa).magnitude)
        let significant = String(digits.reversed().drop { $0 == "0" }.reversed())
        let fraction = significant.dropFirst()
        return (multiple < 0 ? "-" : "") + significant.prefix(1) + (fraction.isEmpty ? "" : "." + fraction)
            + "e\(digits.utf8.count - 1 + exponent)"
    }
}

extension Double {
    /// All digits where these are few, else six: `4.2`, `1779235201`, `3.70833`, `1.5e+19`.
    var short: String {
        let text = description.hasSuffix(".0") ? String(description.dropLast(2)) : description
        if text.utf8.count <= 10, !text.contains("e") { return text }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
            let length = withVaList([self]) { vsnprintf(buffer.baseAddress, buffer.count, "%.6g", $0) }
            return String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
