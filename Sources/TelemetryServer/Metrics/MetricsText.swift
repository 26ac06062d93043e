internal import TelemetryModel

/// Writes metrics in the text format of Prometheus, version 0.0.4.
///
/// The format is told at https://prometheus.io/docs/instrumenting/exposition_formats. Names and labels are the caller's: in
/// base units, with `_total` for counters and `_info` for what is always 1.
struct MetricsText {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var utf8: [UInt8] = []

    /// Begins a metric, whose samples follow.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        line("# HELP \(name) \(help)")
        line("# TYPE \(name) \(kind.rawValue)")
    }

    /// - Parameter labels: names and values; a value may be any text.
    mutating func sample(_ name: String, _ value: Int, labels: [(name: String, value: String)] = []) {
        let texts = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
        line(name + (texts.isEmpty ? "" : "{\(texts.joined(separator: ","))}") + " \(value)")
    }

    /// A metric that has one sample.
    mutating func metric(
        _ name: String, _ kind: Kind, _ help: String, _ value: Int, labels: [(name: String, value: String)] = []
    ) {
        begin(name, kind, help)
        sample(name, value, labels: labels)
    }

    /// A metric that counts durations, of seconds.
    ///
    /// - Parameters:
    ///   - bounds: the longest duration of each bucket, in nanoseconds.
    ///   - counts: how many are in each bucket and in none before, one more than there are bounds.
    ///   - nanoseconds: the sum of all durations.
    mutating func histogram(_ name: String, _ help: String, bounds: [Int], counts: [Int], nanoseconds: Int) {
        begin(name, .histogram, help)
        var total = 0
        for (bound, count) in zip(bounds, counts) {
            total += count
            sample("\(name)_bucket", total, labels: [("le", Self.seconds(bound))])
        }
        total = counts.reduce(0, +)
        sample("\(name)_bucket", total, labels: [("le", "+Inf")])
        line("\(name)_sum \(Self.seconds(nanoseconds))")
        sample("\(name)_count", total)
    }

    private mutating func line(_ text: String) {
        utf8 += text.utf8
        utf8.append(UInt8(ascii: "\n"))
    }

    /// Nanoseconds as seconds, in decimal and with all digits that count.
    private static func seconds(_ nanoseconds: Int) -> String {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let digits = String(String(1_000_000_000 + rest).dropFirst())
        let decimals = digits.reversed().drop { $0 == "0" }.reversed()
        return decimals.isEmpty ? "\(whole)" : "\(whole)." + String(decimals)
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
