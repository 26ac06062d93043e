extension EventRequest {
    /// Reads the body of `POST /event`. Members it does not know are ignored.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` with every fault of the body.
    package init(json body: JSONText) throws(TelemetryError) {
        var fields = try RequestFields(body)
        let members = EventMembers(of: body)

        type = fields.string("type", fields.required("type", members.type)) ?? ""
        data = fields.required("data", members.data) ?? .null
        makeCurrent = fields.boolean("make_current", members.makeCurrent, default: true)
        storePermanently = fields.boolean("store_permanently", members.storePermanently, default: true)
        meta = fields.object("meta", members.meta)
        time = fields.time("ts", members.ts)
        stream = fields.stream("stream", members.stream)

        if let input = members.type, input.kind == .string, let error = FieldError(forEventType: type, input: input) {
            fields.report(error)
        }
        try fields.check()
    }
}

/// The members of an event that have a meaning, found in one walk.
struct EventMembers {
    var type: JSONText?
    var data: JSONText?
    var meta: JSONText?
    var makeCurrent: JSONText?
    var storePermanently: JSONText?
    var ts: JSONText?
    var stream: JSONText?
    var seq: JSONText?
    var during: JSONText?

    init(of object: JSONText) {
        for member in object.members {
            let name = member.name
            if name.equals("type") {
                type = member.value
            } else if name.equals("data") {
                data = member.value
            } else if name.equals("meta") {
                meta = member.value
            } else if name.equals("ts") {
                ts = member.value
            } else if name.equals("make_current") {
                makeCurrent = member.value
            } else if name.equals("store_permanently") {
                storePermanently = member.value
            } else if name.equals("stream") {
                stream = member.value
            } else if name.equals("seq") {
                seq = member.value
            } else if name.equals("during") {
                during = member.value
            }
        }
    }
}

extension RequestFields {
    fileprivate mutating func time(_ name: String, _ value: JSONText?) -> EventTime? {
        guard let value, let text = optionalString(name, value) else { return nil }
        if let time = EventTime(rfc3339: text) { return time }
        let message = "Input should be an RFC 3339 timestamp such as 2026-05-20T10:00:00.000Z"
        report(FieldError("datetime_parsing", at: name, message, input: value))
        return nil
    }

    fileprivate mutating func stream(_ name: String, _ value: JSONText?) -> EventStream? {
        guard let value, !value.isNull else { return nil }
        if let stream = value.string.flatMap(EventStream.init) { return stream }
        let expected = "'site' or 'run'"
        let context = FieldError.Context(name: "expected", value: JSONText(string: expected))
        report(FieldError("literal_error", at: name, "Input should be \(expected)", input: value, context: context))
        return nil
    }
}

extension FieldError {
    /// Why `type` cannot be an event type; nil when it can.
    fileprivate init?(forEventType type: String, input: JSONText) {
        if type.isEmpty {
            self.init("string_too_short", at: "type", "String should have at least 1 character", input: input)
        } else if type.utf8.count > EventRequest.maximumTypeLength {
            let message = "String should have at most \(EventRequest.maximumTypeLength) bytes"
            self.init("string_too_long", at: "type", message, input: input)
        } else if type.unicodeScalars.contains(where: \.isControl) {
            let message = "String should hold no control characters"
            self.init("string_pattern_mismatch", at: "type", message, input: input)
        } else {
            return nil
        }
    }
}

extension Unicode.Scalar {
    /// Whether this is a control character: general category Cc.
    var isControl: Bool {
        value < 0x20 || (0x7F...0x9F).contains(value)
    }
}
