/// A client's request to start a run: the body of `POST /run/start`.
package struct RunStartRequest: Sendable, Hashable {
    /// The run's directory: relative to the site directory, or absolute. Nil for the one named by the run's id in
    /// the site directory.
    package let runDirectory: String?

    /// The run's id: one plain path component. Nil for the next number.
    package let runID: String?

    package let meta: JSONText

    /// Whether to stop the active run first, instead of refusing to start.
    package let replace: Bool

    package init(
        runID: String? = nil, runDirectory: String? = nil, meta: JSONText = .emptyObject, replace: Bool = false
    ) {
        self.runDirectory = runDirectory
        self.runID = runID
        self.meta = meta
        self.replace = replace
    }

    /// Reads the body of `POST /run/start`; `null` means all defaults.
    ///
    /// If `run_id` is absent or empty, `meta.run_id` is used, a string or a number.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` with every fault of the body.
    package init(json body: JSONText, limits: RequestLimits = RequestLimits()) throws(TelemetryError) {
        guard !body.isNull else {
            self.init()
            return
        }
        var fields = try RequestFields(body)
        fields.checkOnce(["run_dir", "run_id", "meta", "replace"])
        let directoryText = body.member("run_dir")
        let idText = body.member("run_id")
        let directory = fields.optionalString("run_dir", directoryText)
        let id = fields.optionalString("run_id", idText)

        let meta = fields.meta(body.member("meta"), limits)
        let replace = fields.boolean("replace", body.member("replace"), default: false)

        let runID: String?
        if let id, !id.isEmpty {
            runID = id
            fields.checkRunID(id, at: [.name("body"), .name("run_id")], input: idText ?? .null)
        } else {
            runID = fields.runID(fromMeta: meta)
        }
        try fields.check()
        self.init(
            runID: runID, runDirectory: directory?.isEmpty == true ? nil : directory, meta: meta, replace: replace)
    }
}

extension RequestFields {
    fileprivate mutating func checkRunID(_ id: String, at location: [FieldError.Step], input: JSONText) {
        guard let fault = PathComponent.fault(of: id) else { return }
        report(FieldError("value_error", at: location, "A run_id \(fault)", input: input))
    }

    fileprivate mutating func runID(fromMeta meta: JSONText) -> String? {
        guard let value = meta.member("run_id") else { return nil }
        let location: [FieldError.Step] = [.name("body"), .name("meta"), .name("run_id")]
        switch value.kind {
        case .string:
            guard let id = value.string, !id.isEmpty else { return nil }
            checkRunID(id, at: location, input: value)
            return id
        case .number:
            return Double(value.description) == 0 ? nil : value.description
        case .null:
            return nil
        case .boolean, .object, .array:
            report(.notAString(location, value))
            return nil
        }
    }
}

extension JSONText {
    /// This object with one member replaced, or added at the end.
    ///
    /// - Parameter name: a name that needs no escapes.
    package func setting(_ name: StaticString, to value: JSONText) -> JSONText {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count + name.utf8CodeUnitCount + value.utf8.count + 4)
        bytes.append(UInt8(ascii: "{"))
        var isSet = false
        func separate() {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        }
        func set() {
            guard !isSet else { return }
            isSet = true
            separate()
            bytes.append(UInt8(ascii: "\""))
            bytes.append(ascii: name)
            bytes.append(ascii: "\":")
            bytes.append(value)
        }
        for member in members {
            if member.name.equals(name) {
                set()
            } else {
                separate()
                bytes.append(member.name)
                bytes.append(UInt8(ascii: ":"))
                bytes.append(member.value)
            }
        }
        set()
        bytes.append(UInt8(ascii: "}"))
        return JSONText(validated: bytes)
    }
}
