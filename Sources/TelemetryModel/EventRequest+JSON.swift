extension EventRequest {
    /// Reads the body of `POST /event`. Members it does not know are ignored.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` with every fault of the body.
    package init(json body: JSONText, limits: RequestLimits = RequestLimits()) throws(TelemetryError) {
        var fields = try RequestFields(body)
        let members = EventMembers(of: body)

        let typeText = fields.required("type", members.type)
        type = fields.string("type", typeText) ?? ""
        data = fields.required("data", members.data) ?? .null
        makeCurrent = fields.boolean("make_current", members.makeCurrent, default: true)
        storePermanently = fields.boolean("store_permanently", members.storePermanently, default: true)
        meta = fields.meta(members.meta, limits)
        time = fields.time("ts", members.ts)
        stream = fields.stream("stream", members.stream)

        if let typeText, typeText.kind == .string, let error = FieldError(forEventType: type, input: typeText) {
            fields.report(error)
        }
        try fields.check()
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
        } else if type.hasControlCharacters {
            let message = "String should hold no control characters"
            self.init("string_pattern_mismatch", at: "type", message, input: input)
        } else {
            return nil
        }
    }
}

extension String {
    fileprivate var hasControlCharacters: Bool {
        // Most texts hold none of the bytes that control characters begin with, and need no decoding.
        let mayHave = utf8.withContiguousStorageIfAvailable { $0.hasAny { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 } }
        return mayHave ?? true && unicodeScalars.contains(where: \.isControl)
    }
}

extension Unicode.Scalar {
    /// Whether this is a control character: general category Cc.
    var isControl: Bool {
        value < 0x20 || (0x7F...0x9F).contains(value)
    }
}
