internal import TelemetryIndex
internal import TelemetryModel

extension TypeList {
    /// The list as `GET /types` gives it.
    func json() -> [UInt8] {
        var body: [UInt8] = []
        body.append(ascii: "{\"types\":[")
        for (index, type) in types.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(type)
        }
        body.append(ascii: "],\"complete_from\":")
        if let completeFrom {
            body.append(jsonString: completeFrom.description)
        } else {
            body.append(ascii: "null")
        }
        body.append(ascii: ",\"series_left_out\":")
        body.append(integer: Int64(leftOutSeries))
        body.append(ascii: ",\"max_series\":")
        body.append(integer: Int64(maximumSeries))
        body.append(UInt8(ascii: "}"))
        return body
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ type: TypeSummary) {
        append(ascii: "{\"type\":")
        append(jsonString: type.type)
        append(ascii: ",\"first\":")
        append(jsonString: type.first.description)
        append(ascii: ",\"last\":")
        append(jsonString: type.last.description)
        append(ascii: ",\"events\":")
        append(decimal: type.events)
        append(ascii: ",\"interval_ms\":")
        if let interval = type.interval { append(integer: interval) } else { append(ascii: "null") }
        append(ascii: ",\"fields\":[")
        for (index, field) in type.fields.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            append(ascii: "{\"path\":")
            append(jsonString: field.path)
            append(ascii: ",\"kinds\":")
            append(field.kinds)
            append(ascii: ",\"last\":")
            append(field.last ?? .null)
            append(UInt8(ascii: "}"))
        }
        append(ascii: "]}")
    }

    private mutating func append(_ kinds: FieldKinds) {
        let names: [(kind: FieldKinds, name: StaticString)] = [
            (.number, "\"number\""), (.boolean, "\"boolean\""), (.string, "\"string\""), (.null, "\"null\""),
        ]
        append(UInt8(ascii: "["))
        for (kind, name) in names where kinds.contains(kind) {
            if last != UInt8(ascii: "[") { append(UInt8(ascii: ",")) }
            append(ascii: name)
        }
        append(UInt8(ascii: "]"))
    }
}
