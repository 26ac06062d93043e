/// Values written in Swift: `["sky": "clear", "wind_mps": 2.1, "gusts": [3, 4.5], "rain": false, "seeing": .null]`.
///
/// A `nil` literal is deliberately not JSON's `null`: `condition ? json : nil` would silently become one.
extension JSONText: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self.init(value) }

    /// An integer.
    public init(integerLiteral value: Int64) { self.init(value) }

    /// A number, with the fewest digits that round-trip.
    public init(floatLiteral value: Double) { self = JSONText(value) ?? .null }

    /// A JSON string.
    public init(stringLiteral value: String) { self.init(value) }

    /// An array.
    public init(arrayLiteral elements: JSONText...) { self.init(elements) }

    /// An object, its members in the order written. Names must be unique.
    public init(dictionaryLiteral members: (String, JSONText)...) { self.init(members) }
}
