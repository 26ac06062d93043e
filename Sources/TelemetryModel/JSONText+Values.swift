/// Reading a value.
extension JSONText {
    /// A member of an object; nil if there is none, or this is no object. Of several with the same name the last
    /// counts.
    public subscript(_ name: String) -> JSONText? {
        var found: JSONText?
        // Compared byte by byte: canonically equivalent strings are equal in Swift, but not in JSON.
        for member in members where member.name.string?.utf8.elementsEqual(name.utf8) == true { found = member.value }
        return found
    }

    /// An element of an array, from 0; nil when there is none, or this is no array.
    public subscript(_ index: Int) -> JSONText? {
        guard index >= 0 else { return nil }
        return elements.dropFirst(index).first { _ in true }
    }

    /// `true` or `false`; nil for any other value.
    public var boolean: Bool? {
        kind == .boolean ? utf8.first == UInt8(ascii: "t") : nil
    }

    /// The value of a number that is written as an integer and fits; nil for any other value.
    public var integer: Int64? {
        kind == .number ? Int64(description) : nil
    }

    /// The nearest double of a number; nil for any other value. `description` has the exact digits.
    public var double: Double? {
        kind == .number ? Double(description) : nil
    }
}

/// Making a value.
extension JSONText {
    /// A JSON string.
    public init(_ string: String) {
        self.init(string: string)
    }

    /// `true` or `false`.
    public init(_ boolean: Bool) {
        self.init(validated: Array((boolean ? "true" : "false").utf8))
    }

    /// An integer of at most 64 bits.
    public init(_ integer: some FixedWidthInteger) {
        precondition(Int64(exactly: integer) != nil || UInt64(exactly: integer) != nil, "an integer beyond 64 bits")
        self.init(validated: Array(integer.description.utf8))
    }

    /// A number, with the fewest digits that round-trip; nil for NaN and the infinities, which JSON does not have.
    public init?(_ number: Double) {
        guard number.isFinite else { return nil }
        self.init(validated: Array(number.description.utf8))
    }

    /// An array.
    public init(_ elements: [JSONText]) {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(element)
        }
        bytes.append(UInt8(ascii: "]"))
        self.init(validated: bytes)
    }

    /// An object, its members in the order given. Names must be unique.
    public init(_ members: some Sequence<(String, JSONText)>) {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        var names: Set<[UInt8]> = []
        for (name, value) in members {
            precondition(names.insert(Array(name.utf8)).inserted, "the member '\(name)' stands twice")
            if names.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(jsonString: name)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(value)
        }
        bytes.append(UInt8(ascii: "}"))
        self.init(validated: bytes)
    }
}
