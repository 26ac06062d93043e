extension JSONText {
    /// Parses one JSON value, and drops its insignificant white space.
    ///
    /// - Throws: ``JSONSyntaxError`` if it is not one strict JSON document: RFC 8259, UTF-8, integers within 64 bits,
    ///   numbers within the range of a double, no lone surrogates, at most 1,000 nested objects and arrays.
    public init(parsing utf8: [UInt8]) throws(JSONSyntaxError) {
        if let error = JSONSyntaxError(firstIn: utf8) { throw error }
        self.init(validated: Self.minified(utf8))
    }

    /// Parses one JSON value, and drops its insignificant white space.
    ///
    /// - Throws: ``JSONSyntaxError`` if it is not one strict JSON document.
    public init(parsing text: String) throws(JSONSyntaxError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// A valid document without the white space between its tokens.
    private static func minified(_ text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var isInString = false
        var isEscaped = false
        for byte in text {
            if isInString {
                isInString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            } else {
                if byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte) { continue }
                isInString = byte == UInt8(ascii: "\"")
            }
            bytes.append(byte)
        }
        return bytes
    }
}
