/// One fault of a request, as listed in the `detail` of a 422 answer.
///
/// The shape is that of pydantic 2, which the reference uses; so are `type` and text wherever pydantic has the same
/// check.
package struct FieldError: Sendable, Hashable {
    /// A step on the way to the faulty value.
    package enum Step: Sendable, Hashable {
        case name(String)
        case index(Int)
    }

    package let type: String
    package let location: [Step]
    package let message: String
    package let input: JSONText

    /// Additional information, such as the values that would be accepted.
    package let context: Context?

    package struct Context: Sendable, Hashable {
        package let name: String
        package let value: JSONText

        package init(name: String, value: JSONText) {
            self.name = name
            self.value = value
        }
    }

    package init(
        _ type: String, at location: [Step], _ message: String, input: JSONText, context: Context? = nil
    ) {
        self.type = type
        self.location = location
        self.message = message
        self.input = input
        self.context = context
    }

    /// A fault of a member of the body.
    package init(_ type: String, at name: String, _ message: String, input: JSONText, context: Context? = nil) {
        self.init(type, at: [.name("body"), .name(name)], message, input: input, context: context)
    }
}

extension FieldError {
    package static func missing(_ name: String, in body: JSONText) -> FieldError {
        FieldError("missing", at: name, "Field required", input: body)
    }

    /// There was no body.
    package static let missingBody = FieldError("missing", at: [.name("body")], "Field required", input: .null)

    package static func notAnObject(_ body: JSONText) -> FieldError {
        FieldError(
            "model_attributes_type", at: [.name("body")],
            "Input should be a valid dictionary or object to extract fields from", input: body)
    }

    /// The body is not JSON.
    ///
    /// - Parameter offset: where the fault is, in Unicode scalars.
    package static func invalidJSON(at offset: Int, _ message: String) -> FieldError {
        FieldError(
            "json_invalid", at: [.name("body"), .index(offset)], "JSON decode error", input: .emptyObject,
            context: Context(name: "error", value: JSONText(string: message)))
    }

    /// The fault in a line of an NDJSON body; lines are counted from 1.
    package func inLine(_ number: Int) -> FieldError {
        var location = location
        location.insert(.index(number), at: min(1, location.count))
        return FieldError(type, at: location, message, input: input, context: context)
    }

    /// A line asks for a run, and none is active.
    package static func noRunActive(forLine number: Int) -> FieldError {
        FieldError("no_run_active", at: "stream", "No run is active", input: JSONText(string: "run")).inLine(number)
    }

    package static func notAString(_ location: [Step], _ input: JSONText) -> FieldError {
        FieldError("string_type", at: location, "Input should be a valid string", input: input)
    }

    package static func notADictionary(_ name: String, _ input: JSONText) -> FieldError {
        FieldError("dict_type", at: name, "Input should be a valid dictionary", input: input)
    }
}

extension FieldError {
    /// Appends the fault as a JSON object: `type`, `loc`, `msg`, `input`, and `ctx` if there is a context.
    package func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(ascii: "{\"type\":")
        bytes.append(jsonString: type)
        bytes.append(ascii: ",\"loc\":[")
        for (index, step) in location.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch step {
            case .name(let name): bytes.append(jsonString: name)
            case .index(let index): bytes.append(decimal: UInt64(index))
            }
        }
        bytes.append(ascii: "],\"msg\":")
        bytes.append(jsonString: message)
        bytes.append(ascii: ",\"input\":")
        bytes.append(input)
        if let context {
            bytes.append(ascii: ",\"ctx\":{")
            bytes.append(jsonString: context.name)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(context.value)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "}"))
    }
}
