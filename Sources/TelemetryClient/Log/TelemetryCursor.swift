/// A place in a server's log, between two events: where a reader goes on.
///
/// It is good for as long as the files around it are there: over restarts of the server and of the program, noon, and
/// runs. Keep it as it is, in a file, say, to go on tomorrow:
///
/// ```swift
/// try JSONEncoder().encode(cursor).write(to: file)
/// ```
///
/// Encoded it is a string. Two cursors of the same place need not be equal, and which of two comes first cannot be told.
public struct TelemetryCursor: Sendable, Hashable, Codable, LosslessStringConvertible {
    /// The text, as the server gave it.
    public let description: String

    /// A cursor that was kept as text.
    ///
    /// - Returns: nil if no server gave it: it is not 1 to 512 letters, digits, `.`, `-` and `_` (ASCII).
    public init?(_ text: String) {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
        }
        guard isPlain, (1...512).contains(text.utf8.count) else { return nil }
        description = text
    }

    /// Reads a string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let cursor = TelemetryCursor(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "The text is no cursor")
        }
        self = cursor
    }

    /// Writes a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
