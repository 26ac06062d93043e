internal import TelemetryModel

/// Gives a field of a type a metric of its own at `GET /metrics/values`, in the place of `telemetry_value`.
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
        func refuse(_ text: String) -> Fault { Fault(description: "the metric '\(name)': \(text)") }
        if type.isEmpty || field.isEmpty { throw refuse("'type' and 'field' must say whose value it is") }
        guard Self.isName(name, andColons: true) else {
            throw refuse("its name must be letters, digits, '_' and ':', and not begin with a digit")
        }
        if name.hasPrefix("telemetry_") { throw refuse("names that begin with 'telemetry_' are the server's own") }
        if let suffix = Self.reservedSuffixes.first(where: name.hasSuffix) {
            throw refuse("'\(suffix)' at its end is kept for other kinds of metrics than values")
        }
        if let unit {
            guard Self.isName(unit, andColons: false) else { throw refuse("its unit must be letters, digits and '_'") }
            if !name.hasSuffix("_" + unit) { throw refuse("its name must end in its unit, '_\(unit)'") }
        }
        for (index, label) in labels.enumerated() {
            guard Self.isName(label.name, andColons: false), !label.name.hasPrefix("__") else {
                throw refuse(
                    "the label '\(label.name)' must be letters, digits and '_', and not begin with a digit or '__'")
            }
            if ["le", "quantile"].contains(label.name) {
                throw refuse("the label '\(label.name)' is kept for other kinds of metrics than values")
            }
            if labels[..<index].contains(where: { $0.name == label.name }) {
                throw refuse("the label '\(label.name)' stands twice")
            }
        }
        if let maximumAge, !(maximumAge >= 0 && maximumAge.isFinite) {
            throw refuse("'max_age' must be 0, for any age, or a number of seconds")
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

/// Mappings that can be used together: none makes a sample that another one makes.
package struct ValueMappings: Sendable {
    /// A metric, with the mappings whose values are its samples.
    struct Family: Sendable {
        let name: String
        let unit: String?
        let help: String
    }

    private struct Place: Sendable {
        let mapping: ValueMapping

        /// Its family's index.
        let family: Int
    }

    private(set) var families: [Family] = []

    /// By the bytes of type and field: Swift treats canonically equivalent strings as equal.
    private var places: [[UInt8]: [[UInt8]: Place]] = [:]

    package init() {}

    /// - Throws: ``ValueMapping/Fault`` for the first one that clashes with one before it.
    package init(_ mappings: [ValueMapping]) throws(ValueMapping.Fault) {
        var samples: Set<[String]> = []
        for mapping in mappings {
            func refuse(_ text: String) -> ValueMapping.Fault {
                .init(description: "the metric '\(mapping.name)': \(text)")
            }
            let index: Int
            if let known = families.firstIndex(where: { $0.name == mapping.name }) {
                guard families[known].unit == mapping.unit, families[known].help == mapping.help else {
                    throw refuse("all of its mappings must have the same 'unit' and 'help'")
                }
                index = known
            } else {
                index = families.count
                families.append(Family(name: mapping.name, unit: mapping.unit, help: mapping.help))
            }
            let labels = mapping.labels.sorted { $0.name < $1.name }
            guard samples.insert([mapping.name] + labels.flatMap { [$0.name, $0.value] }).inserted else {
                throw refuse("another mapping has the same name and labels, and their values could not be told apart")
            }
            let place = Place(mapping: mapping, family: index)
            if places[Array(mapping.type.utf8), default: [:]].updateValue(place, forKey: Array(mapping.field.utf8))
                != nil
            {
                throw refuse("field '\(mapping.field)' of type '\(mapping.type)' has a mapping already")
            }
        }
    }

    /// The mappings of a type, by the bytes of their fields, each with the index of its family.
    func fields(ofType type: String) -> ((ArraySlice<UInt8>) -> (mapping: ValueMapping, family: Int)?)? {
        if places.isEmpty { return nil }
        guard let fields = places[Array(type.utf8)] else { return nil }
        return { field in fields[Array(field)].map { ($0.mapping, $0.family) } }
    }
}
