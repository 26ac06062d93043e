/// Writing JSON text by appending to bytes.
extension [UInt8] {
    /// Appends the characters of `text` as they stand.
    package mutating func append(ascii text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// Appends a JSON value. (Disfavored, so that an integer literal is a byte.)
    @_disfavoredOverload
    package mutating func append(_ json: JSONText) {
        append(contentsOf: json.utf8)
    }

    /// Appends a quoted JSON string with the escapes that RFC 8259 asks for, and no others.
    package mutating func append(jsonString text: String) {
        append(atMost: ByteWriter.maximumLength(jsonString: text)) { $0.write(jsonString: text) }
    }

    /// Appends an integer in decimal.
    package mutating func append(decimal value: UInt64) {
        append(atMost: ByteWriter.maximumDecimalLength) { $0.write(decimal: value) }
    }

    /// Appends what `body` writes.
    mutating func append(atMost length: Int, _ body: (inout ByteWriter) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { memory in
            var writer = ByteWriter(memory)
            body(&writer)
            append(contentsOf: UnsafeBufferPointer(rebasing: memory[..<writer.count]))
        }
    }

    /// Creates an array of what `body` writes.
    init(atMost length: Int, _ body: (inout ByteWriter) -> Void) {
        // Creating an array uninitialized costs more: the library looks up its type each time.
        self = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { memory in
            var writer = ByteWriter(memory)
            body(&writer)
            return [UInt8](UnsafeBufferPointer(rebasing: memory[..<writer.count]))
        }
    }
}

extension JSONText {
    /// A JSON string.
    package init(string: String) {
        var bytes: [UInt8] = []
        bytes.append(jsonString: string)
        self.init(validated: bytes)
    }
}
