/// Access by the members' names in JSON, and by those of PanDB's records.
extension TelemetryEvent {
    /// The names of the members, in the order in which the server writes them.
    public static let keys = ["seq", "ts", "type", "data", "meta"]

    /// The names of the members, in the order in which the server writes them.
    public var keys: [String] { Self.keys }

    /// A member: one of ``keys``, or as in a record of PanDB `_id` (the `seq` as a string) or `date` (the `ts`); nil
    /// for any other name.
    public subscript(_ name: String) -> JSONText? {
        switch name {
        case "seq": JSONText(seq)
        case "ts", "date": JSONText(ts)
        case "type": JSONText(type)
        case "data": data
        case "meta": meta
        case "_id": JSONText(String(seq))
        default: nil
        }
    }

    /// Whether the event has a member of that name.
    public func contains(_ name: String) -> Bool { self[name] != nil }
}

extension TelemetryEvent: CustomStringConvertible {
    /// The event as one line of JSON.
    public var description: String { String(decoding: json, as: UTF8.self) }
}

extension TelemetryEvent: Codable {
    private enum CodingKeys: String, CodingKey {
        case seq, ts, type, data, meta
    }

    /// Reads the five members.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            seq: try members.decode(UInt64.self, forKey: .seq), ts: try members.decode(String.self, forKey: .ts),
            type: try members.decode(String.self, forKey: .type),
            data: try members.decode(JSONText.self, forKey: .data),
            meta: try members.decode(JSONText.self, forKey: .meta))
    }

    /// Writes the five members.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(seq, forKey: .seq)
        try members.encode(ts, forKey: .ts)
        try members.encode(type, forKey: .type)
        try members.encode(data, forKey: .data)
        try members.encode(meta, forKey: .meta)
    }
}
