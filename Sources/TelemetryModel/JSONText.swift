/// One JSON value as text: strict, minified UTF-8, byte for byte as received.
///
/// The text is never decoded and re-encoded, so numbers and the order of members stay as they are. A value that is part
/// of another one shares its storage.
public struct JSONText: Sendable, Hashable {
    /// The text, in UTF-8.
    public let utf8: ArraySlice<UInt8>

    /// Takes bytes that are known to be one valid, minified JSON value.
    package init(validated utf8: ArraySlice<UInt8>) {
        self.utf8 = utf8
    }

    /// Takes bytes that are known to be one valid, minified JSON value.
    package init(validated utf8: [UInt8]) {
        self.utf8 = utf8[...]
    }

    /// The object without members, `{}`.
    public static let emptyObject = JSONText(validated: Array("{}".utf8))

    /// The literal `null`.
    public static let null = JSONText(validated: Array("null".utf8))

    /// The kind of a JSON value.
    public enum Kind: Sendable {
        /// `{…}`
        case object
        /// `[…]`
        case array
        /// `"…"`
        case string
        /// An integer or a decimal.
        case number
        /// `true` or `false`.
        case boolean
        /// `null`
        case null
    }

    /// The kind of this value, which its first byte tells.
    public var kind: Kind {
        switch utf8.first {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// Whether this is the literal `null`.
    public var isNull: Bool { kind == .null }
}

extension JSONText: CustomStringConvertible {
    /// The text itself.
    public var description: String { String(decoding: utf8, as: UTF8.self) }
}
