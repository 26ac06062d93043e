/// Protobuf's binary encoding, as tests write it.
enum Wire {
    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(truncatingIfNeeded: value) | 0x80] + varint(value >> 7)
    }

    /// A field of bytes or a message.
    static func field(_ number: UInt64, _ bytes: [UInt8]...) -> [UInt8] {
        let body = bytes.flatMap { $0 }
        return varint(number << 3 | 2) + varint(UInt64(body.count)) + body
    }

    static func field(_ number: UInt64, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    /// A field that is a varint.
    static func field(_ number: UInt64, _ value: UInt64) -> [UInt8] { varint(number << 3) + varint(value) }

    static func fixed64(_ number: UInt64, _ value: UInt64) -> [UInt8] {
        varint(number << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A request for traces with the fields of one span.
    static func traces(span: [UInt8]...) -> [UInt8] { field(1, field(2, field(2, span.flatMap { $0 }))) }

    /// A request for traces with the `AnyValue` of one attribute.
    static func traces(value: [UInt8]...) -> [UInt8] {
        traces(span: field(9, field(1, "a"), field(2, value.flatMap { $0 })))
    }
}
