/// Gives a field of a type a metric of its own at `GET /metrics/values`, in the place of `telemetry_value`.
///
/// Its names are what Prometheus and OpenMetrics take: https://prometheus.io/docs/concepts/data_model and
/// https://prometheus.io/docs/specs/om/open_metrics_spec.
package struct ValueMapping: Sendable, Hashable {
    package struct Label: Sendable, Hashable {
        package let name: String

        /// Any text.
        package let value: String

        package init(_ name: String, _ value: String) {
            (self.name, self.value) = (name, value)
        }
    }

    /// Why a mapping cannot be used.
    package struct Fault: Error, Hashable, CustomStringConvertible {
        /// What is wrong: a key of the mapping's table, and of `labels` the label's name.
        package let key: [String]
        package let description: String
    }

    /// The type of the events, as clients post it.
    package let type: String

    /// Dotted, as `GET /types` tells it.
    package let field: String

    /// Of the metric; with the unit as its last word.
    package let name: String

    /// A base unit, such as `celsius`; nil for none.
    package let unit: String?

    /// Any text.
    package let help: String
    package let labels: [Label]

    /// How old the value may be, in seconds; 0 for any age, nil for that of all values.
    package let maximumAge: Double?

    /// What metrics of others end in: with it a gauge would be taken for something else.
    private static let reservedSuffixes = ["_total", "_info", "_created", "_bucket", "_count", "_sum"]

    /// - Throws: ``Fault`` that says what is wrong, and what would be right.
    package init(
        type: String, field: String, name: String, unit: String? = nil, help: String = "", labels: [Label] = [],
        maximumAge: Double? = nil
    ) throws(Fault) {
        func refuse(_ key: String..., because text: String) -> Fault {
            Fault(key: key, description: "the metric '\(name)': \(text)")
        }
        if type.isEmpty { throw refuse("type", because: "'type' must say whose value it is") }
        if field.isEmpty { throw refuse("field", because: "'field' must say which value it is") }
        guard Self.isName(name, andColons: true) else {
            throw refuse("name", because: "its name must be letters, digits, '_' and ':', and not begin with a digit")
        }
        if name.hasPrefix("telemetry_") {
            throw refuse("name", because: "names that begin with 'telemetry_' are the server's own")
        }
        if name == "up" || name == "ALERTS" || name.hasPrefix("scrape_") {
            throw refuse("name", because: "Prometheus gives that name to metrics of its own")
        }
        if let suffix = Self.reservedSuffixes.first(where: name.hasSuffix) {
            throw refuse("name", because: "'\(suffix)' at its end is kept for other kinds of metrics than values")
        }
        if let unit {
            guard Self.isName(unit, andColons: false) else {
                throw refuse("unit", because: "its unit must be letters, digits and '_'")
            }
            if !name.hasSuffix("_" + unit) {
                throw refuse("name", because: "its name must end in its unit, '_\(unit)'")
            }
        }
        for (index, label) in labels.enumerated() {
            guard Self.isName(label.name, andColons: false), !label.name.hasPrefix("__") else {
                throw refuse(
                    "labels", label.name,
                    because:
                        "the label '\(label.name)' must be letters, digits and '_', and not begin with a digit or '__'")
            }
            if ["le", "quantile"].contains(label.name) {
                throw refuse(
                    "labels", label.name,
                    because: "the label '\(label.name)' is kept for other kinds of metrics than values")
            }
            if labels[..<index].contains(where: { $0.name == label.name }) {
                throw refuse("labels", label.name, because: "the label '\(label.name)' stands twice")
            }
        }
        if let maximumAge, !(maximumAge >= 0 && maximumAge.isFinite) {
            throw refuse("max_age", because: "'max_age' must be 0, for any age, or a number of seconds")
        }
        (self.type, self.field, self.name, self.unit, self.help) = (type, field, name, unit, help)
        (self.labels, self.maximumAge) = (labels, maximumAge)
    }

    private static func isName(_ text: String, andColons: Bool) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            case UInt8(ascii: ":"): andColons
            default: false
            }
        }
    }
}
