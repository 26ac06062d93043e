/// Reads the members of a request body and collects every fault. It converts types as pydantic's lax mode does.
struct RequestFields {
    private let body: JSONText
    private(set) var errors: [FieldError] = []

    /// - Throws: ``TelemetryError/invalid(_:)`` when the body is no object.
    init(_ body: JSONText) throws(TelemetryError) {
        guard body.kind == .object else { throw .invalid([.notAnObject(body)]) }
        self.body = body
    }

    mutating func report(_ error: FieldError) {
        errors.append(error)
    }

    /// - Throws: ``TelemetryError/invalid(_:)`` with all reported faults, if there are any.
    func check() throws(TelemetryError) {
        if !errors.isEmpty { throw .invalid(errors) }
    }

    /// Reports each of these members that the body has more than once: readers differ about which one counts.
    mutating func checkOnce(_ names: [StaticString]) {
        for name in names {
            let values = body.members.filter { $0.name.equals(name) }.map(\.value)
            guard values.count > 1, let last = values.last else { continue }
            report(FieldError("repeated", at: "\(name)", "The member may be given once only", input: last))
        }
    }

    /// A required value; nil is reported.
    mutating func required(_ name: String, _ value: JSONText?) -> JSONText? {
        if value == nil { report(.missing(name, in: body)) }
        return value
    }

    /// A string; nil if it is absent, or no string, which is reported.
    mutating func string(_ name: String, _ value: JSONText?) -> String? {
        guard let value else { return nil }
        if let string = value.string { return string }
        report(.notAString([.name("body"), .name(name)], value))
        return nil
    }

    /// A string or `null`, which counts as absent.
    mutating func optionalString(_ name: String, _ value: JSONText?) -> String? {
        value?.isNull == true ? nil : string(name, value)
    }

    /// The object `meta`; the empty one when it is absent.
    mutating func meta(_ value: JSONText?, _ limits: RequestLimits) -> JSONText {
        guard let value else { return .emptyObject }
        if value.kind != .object {
            report(.notADictionary("meta", value))
        } else if value.utf8.count > limits.metaLength {
            let message = "Dictionary should have at most \(limits.metaLength) bytes"
            // It is too long to quote as the input.
            report(FieldError("too_long", at: "meta", message, input: .emptyObject))
        } else {
            return value
        }
        return .emptyObject
    }

    /// A boolean, or one of the numbers and words that pydantic accepts as one.
    mutating func boolean(_ name: String, _ value: JSONText?, default fallback: Bool) -> Bool {
        guard let value else { return fallback }
        switch value.kind {
        case .boolean:
            return value.utf8.first == UInt8(ascii: "t")
        case .number, .string:
            switch value.kind == .string ? value.string?.lowercased() : value.description {
            case "1", "1.0", "t", "true", "y", "yes", "on": return true
            case "0", "0.0", "f", "false", "n", "no", "off": return false
            default:
                let message = "Input should be a valid boolean, unable to interpret input"
                report(FieldError("bool_parsing", at: name, message, input: value))
            }
        case .object, .array, .null:
            report(FieldError("bool_type", at: name, "Input should be a valid boolean", input: value))
        }
        return fallback
    }
}
