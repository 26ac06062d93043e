extension EventRequest {
    /// Reads the body of `POST /event`. Members it does not know are ignored.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` with every fault of the body.
    package init(json body: JSONText, limits: RequestLimits = RequestLimits()) throws(TelemetryError) {
        let text = Array(body.utf8)
        try self.init(text: text, members: EventMembers(of: JSONText(validated: text)), limits: limits)
    }

    /// Reads the body of `POST /event`, whose members have already been found.
    ///
    /// - Parameter text: one valid, minified JSON value.
    /// - Throws: ``TelemetryError/invalid(_:)`` with every fault of the body.
    package init(text: consuming [UInt8], members: EventMembers, limits: RequestLimits) throws(TelemetryError) {
        let parts: EventParts
        var span = text.mutableSpan
        parts = try span.withUnsafeMutableBufferPointer { text throws(TelemetryError) in
            try EventParts(of: text, members, limits)
        }
        self.init(text: text, parts: parts)
    }
}

extension EventParts {
    /// Reads an event request.
    ///
    /// - Parameters:
    ///   - text: one valid, minified JSON value. Strings with unnecessary escapes are rewritten in place.
    ///   - members: the members of `text`.
    /// - Throws: ``TelemetryError/invalid(_:)`` with every fault of the request.
    package init(
        of text: UnsafeMutableBufferPointer<UInt8>, _ members: EventMembers, _ limits: RequestLimits
    ) throws(TelemetryError) {
        if let plain = EventParts(plain: UnsafeBufferPointer(text), members, limits) {
            self = plain
        } else {
            try self.init(checking: text, members, limits)
        }
    }

    /// The fast path: reads an event request as nearly all clients write it. Nil if it has a fault or an unusual form
    /// (a `ts`, a member twice, escapes in the type, a boolean as a word), which ``init(checking:_:_:)`` then reads.
    ///
    /// It accepts nothing that the slow path would reject.
    package init?(plain text: UnsafeBufferPointer<UInt8>, _ members: EventMembers, _ limits: RequestLimits) {
        let typeText = UnsafeBufferPointer(rebasing: text[members.type])
        guard text.first == UInt8(ascii: "{"), (3...EventRequest.maximumTypeLength).contains(typeText.count),
            typeText.first == UInt8(ascii: "\""),
            // No escapes, and no byte that starts a control character.
            !typeText.hasAny({ $0 == UInt8(ascii: "\\") || $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }),
            !members.data.isEmpty, members.ts.isEmpty, !members.isAnyRepeated
        else { return nil }
        type = TextRange(members.type)
        data = TextRange(members.data)
        if !members.meta.isEmpty {
            guard text[members.meta.lowerBound] == UInt8(ascii: "{"), members.meta.count <= limits.metaLength
            else { return nil }
            meta = TextRange(members.meta)
        }
        func boolean(_ place: Range<Int>) -> Bool? {
            guard let first = place.first else { return true }
            switch text[first] {
            case UInt8(ascii: "t"): return true
            case UInt8(ascii: "f"): return false
            default: return nil
            }
        }
        guard let makeCurrent = boolean(members.makeCurrent),
            let storePermanently = boolean(members.storePermanently)
        else { return nil }
        self.makeCurrent = makeCurrent
        self.storePermanently = storePermanently
        if !members.stream.isEmpty {
            let stream = UnsafeBufferPointer(rebasing: text[members.stream])
            if stream.isString("site") {
                self.stream = .site
            } else if stream.isString("run") {
                self.stream = .run
            } else {
                return nil
            }
        }
    }

    /// The slow path: reads any event request, and collects every fault.
    package init(
        checking text: UnsafeMutableBufferPointer<UInt8>, _ members: EventMembers, _ limits: RequestLimits
    ) throws(TelemetryError) {
        let body = JSONText(validated: Array(text))
        var fields = try RequestFields(body)
        if members.isAnyRepeated { fields.checkOnce(EventMembers.ofRequests) }
        let typeText = fields.required("type", body.part(members.type))
        let typeName = fields.string("type", typeText) ?? ""
        _ = fields.required("data", body.part(members.data))
        makeCurrent = fields.boolean("make_current", body.part(members.makeCurrent), default: true)
        storePermanently = fields.boolean("store_permanently", body.part(members.storePermanently), default: true)
        _ = fields.meta(body.part(members.meta), limits)
        let time = fields.time("ts", body.part(members.ts))
        stream = fields.stream("stream", body.part(members.stream))

        if let typeText, typeText.kind == .string, let error = FieldError(forEventType: typeName, input: typeText) {
            fields.report(error)
        }
        try fields.check()

        type = text.replace(members.type, with: JSONText(string: typeName).utf8)
        data = TextRange(members.data)
        meta = TextRange(members.meta)
        if let time {
            ts = text.replace(members.ts, with: time.text.utf8)
            timestamp = time.timestamp
        }
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Replaces the string in a range by the same string without unnecessary escapes, which is not longer.
    fileprivate func replace(_ place: Range<Int>, with string: some Collection<UInt8>) -> TextRange {
        let range = place.lowerBound..<place.lowerBound + string.count
        precondition(string.count <= place.count)
        for (index, byte) in zip(range, string) { self[index] = byte }
        return TextRange(range)
    }
}

extension RequestFields {
    fileprivate mutating func time(_ name: String, _ value: JSONText?) -> EventTime? {
        guard let value, let text = optionalString(name, value) else { return nil }
        if let time = EventTime(rfc3339: text) { return time }
        var message = "Input should be an RFC 3339 timestamp such as 2026-05-20T10:00:00.000Z"
        if EventTime.hasSecond60(text) {
            message += "; second 60 is a leap second's, and those are 23:59:60 in UTC at the end of a month"
        } else if Timestamp(rfc3339: text) != nil {
            message += ", in the years 1 to 9999"
        }
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
