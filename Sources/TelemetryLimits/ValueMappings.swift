/// Mappings that can be used together: none makes a sample that another one makes.
package struct ValueMappings: Sendable {
    /// A metric, with the mappings whose values are its samples.
    package struct Family: Sendable {
        package let name: String
        package let unit: String?
        package let help: String
    }

    private struct Place: Sendable {
        let mapping: ValueMapping

        /// Its family's index.
        let family: Int
    }

    package private(set) var families: [Family] = []

    /// In their order.
    package private(set) var all: [ValueMapping] = []

    /// By the bytes of type and field: Swift treats canonically equivalent strings as equal.
    private var places: [[UInt8]: [[UInt8]: Place]] = [:]

    package init() {}

    /// - Throws: ``ValueMapping/Fault`` for the first one that clashes with one before it.
    package init(_ mappings: [ValueMapping]) throws(ValueMapping.Fault) {
        for mapping in mappings { try add(mapping) }
    }

    /// - Throws: ``ValueMapping/Fault`` when it clashes with one that was added before. It is not added then.
    package mutating func add(_ mapping: ValueMapping) throws(ValueMapping.Fault) {
        func refuse(_ key: String, because text: String) -> ValueMapping.Fault {
            ValueMapping.Fault(key: [key], description: "the metric '\(mapping.name)': \(text)")
        }
        let known = families.firstIndex { $0.name == mapping.name }
        if let known {
            if families[known].unit != mapping.unit {
                throw refuse("unit", because: "all of its mappings must have the same 'unit'")
            }
            if families[known].help != mapping.help {
                throw refuse("help", because: "all of its mappings must have the same 'help'")
            }
        }
        let labels = Set(mapping.labels)
        if all.contains(where: { $0.name == mapping.name && Set($0.labels) == labels }) {
            throw refuse(
                "labels",
                because: "another mapping has the same name and labels, and their values could not be told apart")
        }
        let (type, field) = (Array(mapping.type.utf8), Array(mapping.field.utf8))
        if places[type]?[field] != nil {
            throw refuse(
                "field", because: "field '\(mapping.field)' of type '\(mapping.type)' has a mapping already")
        }
        if known == nil {
            families.append(Family(name: mapping.name, unit: mapping.unit, help: mapping.help))
        }
        places[type, default: [:]][field] = Place(mapping: mapping, family: known ?? families.count - 1)
        all.append(mapping)
    }

    /// The mappings of a type, by the bytes of their fields, each with the index of its family.
    package func fields(ofType type: String) -> ((ArraySlice<UInt8>) -> (mapping: ValueMapping, family: Int)?)? {
        if places.isEmpty { return nil }
        guard let fields = places[Array(type.utf8)] else { return nil }
        return { field in fields[Array(field)].map { ($0.mapping, $0.family) } }
    }
}
