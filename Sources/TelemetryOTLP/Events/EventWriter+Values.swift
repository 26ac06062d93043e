internal import Glibc

/// Attributes and values.
extension EventWriter {
    /// Up to so many keys are compared with one another; of more a set is made.
    private static let comparedKeys = 48

    /// Writes attributes as a plain object. Of several with the same key the first is written.
    ///
    /// - Parameter first: the first of them, within the chain of their message; 0 for none.
    mutating func writeAttributes(from first: UInt32) {
        buffer.write(UInt8(ascii: "{"))
        let number = first == 0 ? 0 : json.nodes[Int(first)].number
        let base = keys.count
        var many: Set<[UInt8]> = []
        var next = first
        while next != 0 {
            let attribute = json.nodes[Int(next)]
            if attribute.number == number {
                let values = Values(of: next, in: json.nodes)
                let key =
                    values[1] == 0 ? Node(number: 1, kind: .string, isPlainText: true) : json.nodes[Int(values[1])]
                if values[3] != 0 || values[2] == 0 { isExact = false }
                if isNew(key, from: base, &many) {
                    if keys.count > base { buffer.write(UInt8(ascii: ",")) }
                    keys.append(key)
                    buffer.write(string: json.bytes(of: key), isPlain: key.isPlainText)
                    buffer.write(UInt8(ascii: ":"))
                    writeAnyValue(values[2])
                } else {
                    isExact = false
                }
            }
            next = attribute.next
        }
        keys.removeLast(keys.count - base)
        buffer.write(UInt8(ascii: "}"))
    }

    private mutating func isNew(_ key: Node, from base: Int, _ many: inout Set<[UInt8]>) -> Bool {
        let bytes = json.bytes(of: key)
        if keys.count - base < Self.comparedKeys {
            for index in base..<keys.count where keys[index].length == key.length {
                guard let other = json.bytes(of: keys[index]).baseAddress, let own = bytes.baseAddress else { continue }
                if memcmp(other, own, key.length) == 0 { return false }
            }
            return true
        }
        if many.isEmpty {
            for index in base..<keys.count { many.insert(Array(json.bytes(of: keys[index]))) }
        }
        return many.insert(Array(bytes)).inserted
    }

    /// Writes an `AnyValue` as plain JSON: an integer without a point, a double with a point or an exponent; one without a
    /// value is null.
    ///
    /// - Parameter index: 0 for none.
    mutating func writeAnyValue(_ index: UInt32) {
        var next = index == 0 ? 0 : json.nodes[Int(index)].first
        while next != 0, json.nodes[Int(next)].number == 0 { next = json.nodes[Int(next)].next }
        guard next != 0 else { return buffer.write("null") }
        let node = json.nodes[Int(next)]
        switch node.number {
        case 1: buffer.write(string: json.bytes(of: node), isPlain: node.isPlainText)
        case 2: if node.value != 0 { buffer.write("true") } else { buffer.write("false") }
        case 3: buffer.write(node.signed)
        case 4: write(node.double)
        case 5: writeArray(next)
        case 6: writeAttributes(from: Values(of: next, in: json.nodes)[1])
        case 7:
            isExact = false
            buffer.write(base64: json.bytes(of: node))
        default:
            // Refers to a dictionary that only profiles have.
            isExact = false
            buffer.write(node.signed)
        }
    }

    private mutating func writeArray(_ index: UInt32) {
        var separator = UInt8(ascii: "[")
        var next = json.nodes[Int(index)].first
        while next != 0 {
            if json.nodes[Int(next)].number == 1 {
                buffer.write(separator)
                separator = UInt8(ascii: ",")
                writeAnyValue(next)
            }
            next = json.nodes[Int(next)].next
        }
        if separator == UInt8(ascii: "[") { buffer.write(separator) }
        buffer.write(UInt8(ascii: "]"))
    }

    /// Writes a double; what is no number in JSON, as text.
    mutating func write(_ value: Double) {
        if !value.isFinite { isExact = false }
        buffer.write(value)
    }

    /// The value of an integer field; 0 for none.
    @inline(__always)
    func integer(_ index: UInt32) -> UInt64 { index == 0 ? 0 : json.nodes[Int(index)].value }

    /// The value of a double field; 0 for none.
    func double(_ index: UInt32) -> Double { index == 0 ? 0 : json.nodes[Int(index)].double }

    /// Writes a member that is a string field, unless there is none.
    ///
    /// - Parameter label: a comma, the name and a colon.
    @inline(__always)
    mutating func write(_ label: StaticString, string index: UInt32) {
        guard index != 0 else { return }
        let node = json.nodes[Int(index)]
        buffer.write(label)
        buffer.write(string: json.bytes(of: node), isPlain: node.isPlainText)
    }

    @inline(__always)
    mutating func write(_ label: StaticString, id index: UInt32) {
        guard index != 0 else { return }
        buffer.write(label)
        buffer.write(hexadecimal: json.bytes(of: json.nodes[Int(index)]))
    }

    @inline(__always)
    mutating func write(_ label: StaticString, unsigned index: UInt32) {
        guard index != 0 else { return }
        buffer.write(label)
        buffer.write(json.nodes[Int(index)].value)
    }

    @inline(__always)
    mutating func write(_ label: StaticString, time index: UInt32) {
        guard index != 0 else { return }
        buffer.write(label)
        buffer.write(UInt8(ascii: "\""))
        buffer.write(time: json.nodes[Int(index)].value)
        buffer.write(UInt8(ascii: "\""))
    }

    @inline(__always)
    mutating func write(_ label: StaticString, double index: UInt32) {
        guard index != 0 else { return }
        buffer.write(label)
        write(json.nodes[Int(index)].double)
    }

    mutating func write(_ label: StaticString, attributes index: UInt32) {
        guard index != 0 else { return }
        buffer.write(label)
        writeAttributes(from: index)
    }

    /// Writes a member that is the lower-case name of an enumeration's value, or the number of one without a name, unless there
    /// is none.
    @inline(__always)
    mutating func write(
        _ label: StaticString, enumeration index: UInt32, _ names: borrowing InlineArray<6, StaticString>
    ) {
        guard index != 0 else { return }
        let value = json.nodes[Int(index)].signed
        buffer.write(label)
        if value > 0, value < 6, names[Int(value)].utf8CodeUnitCount > 0 {
            buffer.write(UInt8(ascii: "\""))
            buffer.write(names[Int(value)])
            buffer.write(UInt8(ascii: "\""))
        } else {
            buffer.write(value)
        }
    }

    /// Whether an id has so many bytes that are not all zero.
    func isValid(_ index: UInt32, length: Int) -> Bool {
        guard index != 0, json.nodes[Int(index)].length == length else { return false }
        return json.bytes(of: json.nodes[Int(index)]).contains { $0 != 0 }
    }
}
