internal import CMicroHTTPD

/// The header fields and query parameters of a request: where libmicrohttpd received them, and a copy when that memory is
/// given back while somebody may still ask for them.
///
/// SAFETY: libmicrohttpd does not change what it has parsed, so any thread may read it while the request lasts; the lock of
/// the exchange is held meanwhile, and the end of the request takes it.
enum ReceivedFields: @unchecked Sendable {
    /// Nobody can ask for them.
    case none
    case live(OpaquePointer)
    case kept([Field])

    struct Field {
        let kind: MHD_ValueKind
        let name: [UInt8]

        /// With a NUL at its end; nil for a query parameter that has none.
        let value: [CChar]?

        var text: String? {
            value?.withUnsafeBufferPointer { value in value.baseAddress.map { String(cString: $0) } }
        }
    }

    /// The first value of a field, whatever the case of its name; nil when there is none.
    func value(_ kind: MHD_ValueKind, _ name: StaticString) -> String? {
        switch self {
        case .none:
            return nil
        case .live(let connection):
            let characters = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
            return MHD_lookup_connection_value(connection, kind, characters).map { String(cString: $0) }
        case .kept(let fields):
            return fields.first { $0.kind == kind && $0.isNamed(name) }?.text
        }
    }

    /// All values of a header field, whatever the case of its name.
    func headers(_ name: StaticString) -> [String] {
        fields(.HEADER_KIND).filter { $0.isNamed(name) }.map { $0.text ?? "" }
    }

    var query: QueryParameters {
        // `?a&&b` has a parameter without a name and without a value between the two.
        let given = fields(.GET_ARGUMENT_KIND).filter { !$0.name.isEmpty || $0.value != nil }
        return QueryParameters(given.map { (String(decoding: $0.name, as: UTF8.self), $0.text) })
    }

    /// The query as it was sent, with its `?`; empty when there was none.
    ///
    /// libmicrohttpd has taken it apart: it has put an end to each name and value, and a blank in the place of each `+`.
    var queryText: String {
        let parameters = fields(.GET_ARGUMENT_KIND).map { field in
            String(decoding: field.name, as: UTF8.self) + (field.text.map { "=\($0)" } ?? "")
        }
        if parameters.isEmpty { return "" }
        return "?" + String(parameters.joined(separator: "&").map { $0 == " " ? "+" : $0 })
    }

    private func fields(_ kind: MHD_ValueKind) -> [Field] {
        switch self {
        case .none: []
        case .live(let connection): Self.copy(of: connection, [kind])
        case .kept(let fields): fields.filter { $0.kind == kind }
        }
    }

    /// Copies what is live.
    func copied() -> ReceivedFields {
        guard case .live(let connection) = self else { return self }
        return .kept(Self.copy(of: connection, [.HEADER_KIND, .GET_ARGUMENT_KIND]))
    }

    private static func copy(of connection: OpaquePointer, _ kinds: [MHD_ValueKind]) -> [Field] {
        var fields: [Field] = []
        withUnsafeMutablePointer(to: &fields) { fields in
            for kind in kinds { _ = MHD_get_connection_values_n(connection, kind, Self.copy, fields) }
        }
        return fields
    }

    private static let copy: MHD_KeyValueIteratorN = { context, kind, name, nameLength, value, valueLength in
        guard let context, let name else { return .YES }
        context.assumingMemoryBound(to: [Field].self).pointee.append(
            Field(
                kind: kind, name: Array(UnsafeRawBufferPointer(start: name, count: nameLength)),
                value: value.map { Array(UnsafeBufferPointer(start: $0, count: valueLength)) + [0] }))
        return .YES
    }
}

extension ReceivedFields.Field {
    /// As libmicrohttpd compares names: only the letters of ASCII have a case.
    fileprivate func isNamed(_ other: StaticString) -> Bool {
        name.count == other.utf8CodeUnitCount
            && other.withUTF8Buffer { other in
                zip(name, other).allSatisfy { Self.lowercased($0) == Self.lowercased($1) }
            }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
