/// Reads a request in OTLP's JSON form into a tree.
///
/// That is proto3's JSON mapping, with ids in hexadecimal (in any case) and enumerations as numbers. As the mapping asks of
/// readers, it takes names in lowerCamelCase or as in the definition, integers as numbers or text, enumerations also by name,
/// `"NaN"`, `"Infinity"` and `"-Infinity"`, either alphabet of base64 with or without padding, and null for what is absent.
/// Members that are not known are skipped and counted.
///
/// The text is valid and minified, and is overwritten: strings are put in the place of their escaped form, bytes in that of
/// their base64 or hexadecimal form.
///
/// SAFETY: `text` is the caller's, for as long as it uses the reader and the tree. It is one valid JSON value, which bounds all
/// reads: each stops at a delimiter that is there.
struct JSONReader: ~Copyable {
    let text: UnsafeMutablePointer<UInt8>
    let count: Int
    var builder: TreeBuilder
    var position = 0

    private init(_ text: UnsafeMutableBufferPointer<UInt8>, _ base: UnsafeMutablePointer<UInt8>) {
        self.text = base
        count = text.count
        builder = TreeBuilder(capacity: text.count / 16)
    }

    /// - Parameter text: less than 4 GiB.
    static func read(
        _ text: UnsafeMutableBufferPointer<UInt8>, as message: Message, unknownFields: inout Int
    ) throws(OTLPError) -> NodeStore {
        guard let base = text.baseAddress, text.first == UInt8(ascii: "{") else {
            throw .malformed("\(message.name) should be a JSON object")
        }
        var reader = JSONReader(text, base)
        do throws(OTLPError) {
            try reader.readObject(TreeBuilder.Target(message))
        } catch {
            _ = reader.builder.finish()
            throw error
        }
        unknownFields = reader.builder.unknownFields
        return reader.builder.finish()
    }

    /// The byte at `position`.
    var byte: UInt8 { text[position] }

    /// Reads the object at `position`.
    private mutating func readObject(_ message: consuming TreeBuilder.Target) throws(OTLPError) {
        var target = message
        position += 1
        while byte != UInt8(ascii: "}") {
            if byte == UInt8(ascii: ",") { position += 1 }
            let name = takeString()
            position += 1  // The colon.
            guard let number = Self.number(of: name.bytes, in: target) else {
                skipValue()
                builder.unknownFields += 1
                continue
            }
            if byte == UInt8(ascii: "n") {
                position += 4
            } else if target.fields[number].isRepeated {
                try readArray(number, of: &target)
            } else {
                try readValue(number, of: &target)
            }
        }
        position += 1
    }

    private mutating func readArray(_ number: Int, of target: inout TreeBuilder.Target) throws(OTLPError) {
        guard byte == UInt8(ascii: "[") else { throw .malformed("\(target.name(number)) should be an array") }
        position += 1
        while byte != UInt8(ascii: "]") {
            if byte == UInt8(ascii: ",") { position += 1 }
            if byte != UInt8(ascii: "n") {
                try readValue(number, of: &target)
            } else if target.fields[number].message == .anyValue, target.fields[number].kind == .message {
                // An empty value, as some exporters write it.
                _ = try builder.open(number, of: &target)
                position += 4
            } else {
                throw .malformed("\(target.name(number)) should have no null in it")
            }
        }
        position += 1
    }

    private mutating func readValue(_ number: Int, of target: inout TreeBuilder.Target) throws(OTLPError) {
        let kind = target.fields[number].kind
        switch kind {
        case .message:
            guard byte == UInt8(ascii: "{") else { throw .malformed("\(target.name(number)) should be an object") }
            let child = try builder.open(number, of: &target)
            try readObject(child)
        case .string, .bytes, .id:
            guard byte == UInt8(ascii: "\"") else { throw .malformed("\(target.name(number)) should be a string") }
            var string = takeString()
            if kind != .string {
                let decoded = kind == .id ? string.decodeHexadecimal() : string.decodeBase64()
                guard decoded else {
                    let form = kind == .id ? "hexadecimal digits, two a byte" : "base64"
                    throw .malformed("\(target.name(number)) should be \(form)")
                }
            }
            let isPlain = kind == .string && TextCheck(UnsafePointer(string.start), string.count) == .plain
            try builder.set(
                number, of: &target, value: Node.place(string.start - text, string.count), isDefault: string.count == 0,
                isPlainText: isPlain)
        case .bool:
            guard byte == UInt8(ascii: "t") || byte == UInt8(ascii: "f") else {
                throw .malformed("\(target.name(number)) should be true or false")
            }
            let value = byte == UInt8(ascii: "t")
            position += value ? 4 : 5
            try builder.set(number, of: &target, value: value ? 1 : 0, isDefault: !value)
        default:
            guard let bits = takeNumber(kind, target.fields[number].enumeration) else {
                throw .malformed("\(target.name(number)) should be \(Self.expectation(kind))")
            }
            try builder.set(number, of: &target, value: bits, isDefault: bits == 0)
        }
    }

    /// The number of the field that is called so; nil if there is none.
    private static func number(
        of name: UnsafeBufferPointer<UInt8>, in target: borrowing TreeBuilder.Target
    ) -> Int? {
        let names = FieldTable.shared.names(of: target.message)
        for number in 1...FieldTable.maximumNumber where target.fields[number].kind != .none {
            if names[number].camel.isSame(as: name) || names[number].definition.isSame(as: name) { return number }
        }
        return nil
    }

    private static func expectation(_ kind: FieldKind) -> String {
        switch kind {
        case .double: "a number, \"NaN\", \"Infinity\" or \"-Infinity\""
        case .enumeration: "the number or the name of one of its values"
        case .int32, .sint32: "an integer of 32 bits"
        case .uint32, .fixed32: "an integer of 32 bits, not negative"
        case .uint64, .fixed64: "an integer of 64 bits, not negative"
        default: "an integer of 64 bits"
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    @inline(__always)
    fileprivate func isSame(as other: UnsafeBufferPointer<UInt8>) -> Bool {
        count == other.count && elementsEqual(other)
    }
}
