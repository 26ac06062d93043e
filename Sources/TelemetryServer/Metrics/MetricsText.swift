internal import TelemetryModel
internal import TelemetryStore

/// Writes metrics in the text format of Prometheus, version 0.0.4, or in OpenMetrics 1.0.
///
/// The formats are told at https://prometheus.io/docs/instrumenting/exposition_formats and at
/// https://prometheus.io/docs/specs/om/open_metrics_spec. A *family* is begun with its name, without the suffixes that its
/// kind gives to its samples (`_total`, `_info`), and its samples follow. Names and labels are the caller's: in base units,
/// the unit as the last word of the name. Whoever writes sees to it that no sample stands twice.
struct MetricsText {
    enum Kind {
        case counter
        case gauge
        case histogram

        /// What is always 1, and tells something by its labels.
        case info
    }

    enum Unit: String {
        case seconds
        case bytes
    }

    typealias Labels = [(name: String, value: String)]

    let format: MetricsFormat
    private(set) var utf8: [UInt8] = []

    /// The name of the samples of the family that was begun last.
    private var name: [UInt8] = []

    init(_ format: MetricsFormat) {
        self.format = format
    }

    // MARK: - Families

    /// Begins a family.
    ///
    /// - Parameter help: any text.
    mutating func begin(_ family: String, _ kind: Kind, unit: Unit? = nil, _ help: String) {
        begin(family, kind, unitName: unit?.rawValue, help)
    }

    mutating func begin(_ family: String, _ kind: Kind, unitName: String?, _ help: String) {
        let suffix: String
        switch kind {
        case .counter: suffix = "_total"
        case .info: suffix = "_info"
        case .gauge, .histogram: suffix = ""
        }
        name = Array((family + suffix).utf8)
        let isOpen = format == .openMetrics
        let named = isOpen ? family : family + suffix
        utf8 += "# HELP \(named) ".utf8
        append(escaping: help, quotes: isOpen)
        utf8 += "\n# TYPE \(named) ".utf8
        switch kind {
        case .counter: append("counter")
        case .histogram: append("histogram")
        case .info where isOpen: append("info")
        case .gauge, .info: append("gauge")
        }
        utf8.append(UInt8(ascii: "\n"))
        if isOpen, let unitName { utf8 += "# UNIT \(named) \(unitName)\n".utf8 }
    }

    /// A family that has one sample.
    mutating func gauge(_ family: String, unit: Unit? = nil, _ help: String, _ value: Int) {
        begin(family, .gauge, unit: unit, help)
        sample(value)
    }

    // MARK: - Samples

    /// - Parameter labels: a value may be any text.
    mutating func sample(_ value: Int, _ labels: Labels = []) {
        beginSample(labels)
        append(decimal: value)
        utf8.append(UInt8(ascii: "\n"))
    }

    mutating func sample(_ value: Double, _ labels: Labels = []) {
        beginSample(labels)
        utf8 += value.description.utf8
        utf8.append(UInt8(ascii: "\n"))
    }

    /// What samples of this family have in common that differ by their last label alone: `name{type="weather",field="`.
    func stem(_ labels: Labels, before last: String) -> [UInt8] {
        var text = MetricsText(format)
        text.name = name
        text.beginSample(labels + [(last, "")])
        return text.utf8.dropLast(3)
    }

    /// A sample of a ``stem(_:before:)``.
    ///
    /// - Parameter last: the value of the last label, in UTF-8.
    mutating func sample(_ value: Double, _ stem: [UInt8], _ last: UnsafeBufferPointer<UInt8>) {
        utf8 += stem
        append(escaping: last, quotes: true)
        append("\"} ")
        utf8 += value.description.utf8
        utf8.append(UInt8(ascii: "\n"))
    }

    /// A sample in seconds.
    mutating func sample(nanoseconds: Int, _ labels: Labels = []) {
        beginSample(labels)
        utf8 += Self.seconds(nanoseconds).utf8
        utf8.append(UInt8(ascii: "\n"))
    }

    /// A time as seconds since 1970.
    mutating func sample(milliseconds: Int64, _ labels: Labels = []) {
        beginSample(labels)
        let (seconds, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1_000)
        if milliseconds < 0 { utf8.append(UInt8(ascii: "-")) }
        utf8.append(decimal: seconds)
        utf8.append(UInt8(ascii: "."))
        for digit in [rest / 100, rest / 10 % 10, rest % 10] { utf8.append(UInt8(ascii: "0") + UInt8(digit)) }
        utf8.append(UInt8(ascii: "\n"))
    }

    /// The samples of a histogram.
    ///
    /// - Parameter isDuration: whether what is counted is in nanoseconds, to be told in seconds.
    mutating func histogram(_ counts: HistogramCounts, isDuration: Bool, _ labels: Labels = []) {
        let family = name
        var total = 0
        name = family + "_bucket".utf8
        for (bound, count) in zip(counts.bounds, counts.counts) {
            total += count
            sample(total, labels + [("le", isDuration ? Self.float(Self.seconds(bound)) : "\(bound).0")])
        }
        total = counts.counts.reduce(0, +)
        sample(total, labels + [("le", "+Inf")])
        name = family + "_sum".utf8
        if isDuration { sample(nanoseconds: counts.sum, labels) } else { sample(counts.sum, labels) }
        name = family + "_count".utf8
        sample(total, labels)
        name = family
    }

    /// Takes over families that were written by the side.
    mutating func append(_ other: MetricsText) {
        utf8 += other.utf8
    }

    /// The whole text. Nothing may follow.
    consuming func finished() -> [UInt8] {
        if format == .openMetrics { append("# EOF\n") }
        return utf8
    }

    // MARK: - Bytes

    private mutating func beginSample(_ labels: Labels) {
        utf8 += name
        if !labels.isEmpty {
            for (index, label) in labels.enumerated() {
                utf8.append(index == 0 ? UInt8(ascii: "{") : UInt8(ascii: ","))
                utf8 += label.name.utf8
                append("=\"")
                append(escaping: label.value, quotes: true)
                utf8.append(UInt8(ascii: "\""))
            }
            utf8.append(UInt8(ascii: "}"))
        }
        utf8.append(UInt8(ascii: " "))
    }

    private mutating func append(_ text: StaticString) {
        utf8.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(decimal value: Int) {
        if value >= 0 { utf8.append(decimal: UInt64(value)) } else { utf8 += String(value).utf8 }
    }

    private mutating func append(escaping text: String, quotes: Bool) {
        var text = text
        text.withUTF8 { append(escaping: $0, quotes: quotes) }
    }

    private mutating func append(escaping text: UnsafeBufferPointer<UInt8>, quotes: Bool) {
        let isPlain = text.allSatisfy { byte in
            byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\"")
        }
        if isPlain { return utf8.append(contentsOf: text) }
        for byte in text {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            default: utf8.append(byte)
            }
        }
    }

    /// Nanoseconds as seconds, in decimal and with all digits that count.
    private static func seconds(_ nanoseconds: Int) -> String {
        let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        let digits = String(String(1_000_000_000 + rest).dropFirst())
        let decimals = digits.reversed().drop { $0 == "0" }.reversed()
        let sign = nanoseconds < 0 ? "-" : ""
        return decimals.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole)." + String(decimals)
    }

    /// A number as OpenMetrics wants it in `le`, with a point: both formats are to make the same series.
    private static func float(_ number: String) -> String { number.contains(".") ? number : number + ".0" }
}
