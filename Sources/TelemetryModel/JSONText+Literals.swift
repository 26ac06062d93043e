/// Values written in Swift: `["sky": "clear", "wind_mps": 2.1, "gusts": [3, 4.5], "rain": false, "seeing": .null]`.
///
/// `nil` is no JSON `null`: it would turn `condition ? json : nil` into one.
extension JSONText: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self.init(value) }

    /// An integer.
    public init(integerLiteral value: Int64) { self.init(value) }

    /// A number, with the fewest digits that read back as it.
    public init(floatLiteral value: Double) { self = JSONText(value) ?? .null }

    /// A JSON string.
    public init(stringLiteral value: String) { self.init(value) }

    /// An array.
    public init(arrayLiteral elements: JSONText...) { self.init(elements) }

    /// An object, its members in the order written. No name may stand twice.
    public init(dictionaryLiteral members: (String, JSONText)...) { self.init(members) }
}
