/// Writes messages in OTLP's JSON form, minified: members in the order of their fields' numbers, 64-bit integers as
/// text, enumerations as numbers, ids in hexadecimal in lower case.
///
/// SAFETY: both pointers are the caller's, for as long as it uses the value.
struct JSONWriter {
    let text: UnsafePointer<UInt8>
    let nodes: UnsafePointer<Node>

    /// - Parameter index: of a message's node.
    func write(_ index: UInt32, as message: Message, to buffer: inout TextBuffer) {
        let fields = FieldTable.shared.fields(of: message)
        let names = FieldTable.shared.names(of: message)
        let values = Values(of: index, in: nodes)
        var separator = UInt8(ascii: "{")
        for number in 1...FieldTable.maximumNumber where values[number] != 0 {
            buffer.write(separator)
            separator = UInt8(ascii: ",")
            buffer.write(names[number].label)
            if fields[number].isRepeated {
                writeArray(from: values[number], fields[number], to: &buffer)
            } else {
                writeValue(values[number], fields[number], to: &buffer)
            }
        }
        if separator == UInt8(ascii: "{") { buffer.write(separator) }
        buffer.write(UInt8(ascii: "}"))
    }

    /// Writes all values of the field that begin with one.
    private func writeArray(from first: UInt32, _ field: Field, to buffer: inout TextBuffer) {
        let number = nodes[Int(first)].number
        var next = first
        var separator = UInt8(ascii: "[")
        while next != 0 {
            if nodes[Int(next)].number == number {
                buffer.write(separator)
                separator = UInt8(ascii: ",")
                writeValue(next, field, to: &buffer)
            }
            next = nodes[Int(next)].next
        }
        buffer.write(UInt8(ascii: "]"))
    }

    private func writeValue(_ index: UInt32, _ field: Field, to buffer: inout TextBuffer) {
        let node = nodes[Int(index)]
        switch node.kind {
        case .none: break
        case .message: write(index, as: field.message, to: &buffer)
        case .string: buffer.write(string: bytes(of: node), isPlain: node.isPlainText)
        case .bytes: buffer.write(base64: bytes(of: node))
        case .id: buffer.write(hexadecimal: bytes(of: node))
        case .bool: if node.value != 0 { buffer.write("true") } else { buffer.write("false") }
        case .int32, .sint32, .enumeration: buffer.write(node.signed)
        case .uint32, .fixed32: buffer.write(node.value)
        case .double: buffer.write(node.double)
        case .int64, .sfixed64:
            buffer.write(UInt8(ascii: "\""))
            buffer.write(node.signed)
            buffer.write(UInt8(ascii: "\""))
        case .uint64, .fixed64:
            buffer.write(UInt8(ascii: "\""))
            buffer.write(node.value)
            buffer.write(UInt8(ascii: "\""))
        }
    }

    /// The bytes of a string, of bytes or of an id.
    func bytes(of node: Node) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text + node.start, count: node.length)
    }
}
