/// A message, or a value of a field, within a ``NodeStore``.
///
/// The values of a message are a chain, from its first to its last. A field that is not repeated is in it at most once, and an
/// implicit one only if it has not its default value.
struct Node {
    /// The next value of the same message; 0 at the end.
    var next: UInt32 = 0

    /// The number of its field; 0 for a value that has been cleared.
    var number: UInt8

    var kind: FieldKind

    /// Whether a text can stand in a JSON string as it is.
    var isPlainText = false

    /// Of a text or bytes: where it starts in the request, and its length, 32 bits each. Of a message: its first and its last
    /// value. Of a number: its bits, those of an integer with its sign extended.
    var value: UInt64

    init(number: Int, kind: FieldKind, value: UInt64 = 0, isPlainText: Bool = false) {
        self.number = UInt8(truncatingIfNeeded: number)
        self.kind = kind
        self.value = value
        self.isPlainText = isPlainText
    }

    @inline(__always)
    static func place(_ start: Int, _ length: Int) -> UInt64 {
        UInt64(UInt32(truncatingIfNeeded: start)) | UInt64(UInt32(truncatingIfNeeded: length)) << 32
    }

    var start: Int { Int(value & 0xFFFF_FFFF) }
    var length: Int { Int(value >> 32) }

    /// The first value of a message; 0 for none.
    var first: UInt32 { UInt32(truncatingIfNeeded: value) }

    var signed: Int64 { Int64(bitPattern: value) }
    var double: Double { Double(bitPattern: value) }
}
