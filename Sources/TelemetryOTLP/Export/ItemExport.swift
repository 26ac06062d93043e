internal import TelemetryModel

/// Writes what events say in OTLP's JSON form: the way back from ``EventWriter``.
struct ItemExport {
    /// The time of the event.
    let time: UnixTime?

    var bytes: [UInt8]

    /// How the value of a member is written.
    enum Form {
        /// A string that is not empty.
        case text

        /// An integer of 32 bits.
        case integer

        /// An integer of 64 bits, as text.
        case longInteger

        /// A double.
        case number

        /// A time, as nanoseconds in text.
        case time

        /// An array of integers of 64 bits, or of doubles.
        case longIntegers, numbers

        /// An object whose members are attributes.
        case attributes
    }

    /// Writes a member if there is such a value.
    ///
    /// - Parameter label: the name, without quotes.
    mutating func write(_ label: StaticString, _ value: JSONText?, _ form: Form) {
        guard let value else { return }
        switch (form, value.kind) {
        case (.text, .string):
            if value.utf8.count > 2 { write(label, verbatim: value) }
        case (.integer, .number):
            if value.isInteger, !value.isText("0") { write(label, verbatim: value) }
        case (.longInteger, .number):
            if value.isInteger, !value.isText("0") { write(label, quoted: value) }
        case (.number, .number): write(label, verbatim: value)
        case (.time, .string):
            if let time = value.string.flatMap(UnixTime.init(rfc3339:)) { write(label, time) }
        case (.longIntegers, .array):
            open(label)
            writeElements(of: value) { $0.writeQuoted($1) }
        case (.numbers, .array):
            open(label)
            writeElements(of: value) { $0.bytes.append($1) }
        case (.attributes, .object):
            open(label)
            writeKeyValues(value)
        default: break
        }
    }

    mutating func write(_ label: StaticString, verbatim value: JSONText) {
        open(label)
        bytes.append(value)
    }

    mutating func write(_ label: StaticString, quoted value: JSONText) {
        open(label)
        writeQuoted(value)
    }

    mutating func write(_ label: StaticString, _ time: UnixTime?) {
        guard let time, time.nanoseconds != 0 else { return }
        open(label)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(decimal: time.nanoseconds)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes an enumeration's value that is a name, or its number.
    mutating func write(_ label: StaticString, _ value: JSONText?, names: [StaticString]) {
        guard let value else { return }
        if value.kind == .number {
            write(label, value, .integer)
        } else if let number = names.firstIndex(where: { value.equals($0) }), number > 0 {
            open(label)
            bytes.append(decimal: UInt64(number))
        }
    }

    /// Writes an array of objects, each by a closure that writes its members.
    mutating func write(_ label: StaticString, objectsOf value: JSONText?, _ body: (inout ItemExport, JSONText) -> Void)
    {
        guard let value, value.kind == .array else { return }
        open(label)
        writeElements(of: value) { item, element in
            item.writeObject { body(&$0, element) }
        }
    }

    mutating func writeObject(_ body: (inout ItemExport) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        body(&self)
        bytes.append(UInt8(ascii: "}"))
    }

    /// Writes a comma where one is needed, and a member's name.
    mutating func open(_ label: StaticString) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(ascii: label)
        bytes.append(ascii: "\":")
    }

    private mutating func writeElements(of array: JSONText, _ body: (inout ItemExport, JSONText) -> Void) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in array.elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            body(&self, element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func writeQuoted(_ value: JSONText) {
        bytes.append(UInt8(ascii: "\""))
        if value.kind == .number { bytes.append(value) } else { bytes.append(UInt8(ascii: "0")) }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Attributes, resources and scopes.
extension ItemExport {
    /// Writes a resource or a scope, as `meta` has it.
    mutating func writeSource(_ object: JSONText) {
        writeObject { item in
            item.write("name", object.member("name"), .text)
            item.write("version", object.member("version"), .text)
            if let attributes = object.member("attributes"), !attributes.isEmptyObject {
                item.write("attributes", attributes, .attributes)
            }
            item.write("droppedAttributesCount", object.member("dropped_attributes_count"), .integer)
            if let references = object.member("entity_refs"), references.kind == .array {
                item.write("entityRefs", verbatim: references)
            }
        }
    }

    /// Writes the members of an object as an array of `KeyValue`.
    mutating func writeKeyValues(_ object: JSONText) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for member in object.members {
            bytes.append(ascii: isFirst ? "{" : ",{")
            isFirst = false
            if member.name.utf8.count > 2 {
                bytes.append(ascii: "\"key\":")
                bytes.append(member.name)
                bytes.append(UInt8(ascii: ","))
            }
            bytes.append(ascii: "\"value\":")
            writeAnyValue(member.value)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Writes an `AnyValue`.
    mutating func writeAnyValue(_ value: JSONText) {
        writeObject { item in
            switch value.kind {
            case .null: break
            case .string: item.write("stringValue", verbatim: value)
            case .boolean: item.write("boolValue", verbatim: value)
            case .number:
                if value.isInteger, value.integer != nil {
                    item.write("intValue", quoted: value)
                } else {
                    item.write("doubleValue", verbatim: value)
                }
            case .array:
                item.open("arrayValue")
                item.writeObject { list in
                    if value.isEmptyArray { return }
                    list.open("values")
                    list.writeElements(of: value) { $0.writeAnyValue($1) }
                }
            case .object:
                item.open("kvlistValue")
                item.writeObject { list in
                    if !value.isEmptyObject { list.write("values", value, .attributes) }
                }
            }
        }
    }
}

extension JSONText {
    /// Whether a number is written without a point and an exponent.
    var isInteger: Bool {
        !utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    }

    var isEmptyObject: Bool { isText("{}") }

    var isEmptyArray: Bool { isText("[]") }

    /// Whether the text is this one.
    fileprivate func isText(_ text: StaticString) -> Bool {
        utf8.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
