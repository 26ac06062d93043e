internal import TOML

/// Values that have metrics of their own: the tables `[[metric]]`.
extension LimitsFile {
    private static let usualHelp = "The latest value of a field that the limits file names."

    mutating func readMetric(_ value: TOMLValue) {
        var reader = TableReader(value, title: "[[metric]]")
        defer { finish(reader) }
        let name = reader.required("name") { $0.string($1) }
        let type = reader.required("type") { $0.string($1) }
        let field = reader.required("field") { $0.string($1) }
        let (unit, help) = (reader.string("unit"), reader.string("help") ?? Self.usualHelp)
        let labels = reader.labels("labels").map { ValueMapping.Label($0.name, $0.text) }
        let maximumAge = maximumAge(&reader)
        guard let name, let type, let field else { return }
        do throws(ValueMapping.Fault) {
            try configuration.mappings.add(
                ValueMapping(
                    type: type, field: field, name: name, unit: unit, help: help, labels: labels, maximumAge: maximumAge
                ))
        } catch {
            reader.fault(at: value.position(of: error.key[...]), error.description)
        }
    }

    private func maximumAge(_ reader: inout TableReader) -> Double? {
        guard let value = reader.value("max_age") else { return nil }
        switch value.kind {
        case .integer(0): return 0
        case .string(let text):
            if let seconds = TableReader.seconds(text) { return seconds }
        default: break
        }
        reader.fault(at: value.position, "'max_age' should be a duration such as \"5m\", or 0 for any age")
        return nil
    }
}

extension TOMLValue {
    /// Where the value of a key stands in this table, or in one within it; the table's own place where there is no such key.
    fileprivate func position(of key: ArraySlice<String>) -> TOMLPosition {
        guard let name = key.first, case .table(let members) = kind,
            let member = members.first(where: { $0.name == name })
        else { return position }
        return member.value.position(of: key.dropFirst())
    }
}
