/// Values can go through any coder, but whether the order of members and the digits of numbers survive depends on the
/// coder: Foundation's JSON coders preserve neither. ``JSONText/utf8`` has both.
extension JSONText: Codable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads an object, an array, a string, a number, a boolean or null.
    public init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Name.self) {
            self.init(try object.allKeys.map { ($0.stringValue, try object.decode(JSONText.self, forKey: $0)) })
        } else if var array = try? decoder.unkeyedContainer() {
            var elements: [JSONText] = []
            while !array.isAtEnd { elements.append(try array.decode(JSONText.self)) }
            self.init(elements)
        } else {
            try self.init(from: try decoder.singleValueContainer())
        }
    }

    private init(from container: any SingleValueDecodingContainer) throws {
        if container.decodeNil() {
            self = .null
        } else if let boolean = try? container.decode(Bool.self) {
            self.init(boolean)
        } else if let integer = try? container.decode(Int64.self) {
            self.init(integer)
        } else if let integer = try? container.decode(UInt64.self) {
            self.init(integer)
        } else if let number = try? container.decode(Double.self), let text = JSONText(number) {
            self = text
        } else {
            self.init(try container.decode(String.self))
        }
    }

    /// Writes the value as the coder's own containers and numbers.
    public func encode(to encoder: any Encoder) throws {
        switch kind {
        case .object:
            var object = encoder.container(keyedBy: Name.self)
            for member in members {
                try object.encode(member.value, forKey: Name(stringValue: member.name.string ?? ""))
            }
        case .array:
            var array = encoder.unkeyedContainer()
            for element in elements { try array.encode(element) }
        default:
            var container = encoder.singleValueContainer()
            if let boolean {
                try container.encode(boolean)
            } else if let string {
                try container.encode(string)
            } else if let integer {
                try container.encode(integer)
            } else if let unsignedInteger {
                try container.encode(unsignedInteger)
            } else if let double {
                try container.encode(double)
            } else {
                try container.encodeNil()
            }
        }
    }
}
