internal import TelemetryModel

/// Writing CSV (RFC 4180).
extension [UInt8] {
    /// Appends a value: a string as its text, null as nothing, any other as its JSON.
    mutating func append(csv value: JSONText) {
        switch value.kind {
        case .string: append(csv: Array((value.string ?? "").utf8)[...])
        case .null: break
        case .object, .array, .number, .boolean: append(csv: value.utf8)
        }
    }

    /// Appends a text, in quotes where it needs them.
    mutating func append(csv text: ArraySlice<UInt8>) {
        let quote = UInt8(ascii: "\"")
        let needsQuotes = text.contains { byte in
            byte == quote || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        }
        guard needsQuotes else { return append(contentsOf: text) }
        append(quote)
        for byte in text {
            if byte == quote { append(quote) }
            append(byte)
        }
        append(quote)
    }
}
