internal import TelemetryModel

extension QueryReader.Expectation {
    fileprivate static let string = Self(type: "string_type", message: "Input should be a valid string")

    fileprivate static let integer = Self(
        type: "int_parsing", message: "Input should be a valid integer, unable to parse string as an integer")

    fileprivate static let boolean = Self(
        type: "bool_parsing", message: "Input should be a valid boolean, unable to interpret input")

    fileprivate static let seconds = Self(
        type: "float_parsing", message: "Input should be a number of seconds, 0 or more")

    /// That a number is not below a bound, or not above it.
    fileprivate static func bound(_ bound: Int, isLower: Bool) -> Self {
        let (type, words, name) =
            isLower ? ("greater_than_equal", "greater", "ge") : ("less_than_equal", "less", "le")
        return Self(
            type: type, message: "Input should be \(words) than or equal to \(bound)",
            context: FieldError.Context(name: name, value: JSONText(validated: Array("\(bound)".utf8))))
    }

    /// That a text is one of several: `'a', 'b' or 'c'`.
    fileprivate static func oneOf(_ choices: [String]) -> Self {
        let quoted = choices.map { "'\($0)'" }
        let list = [quoted.dropLast().joined(separator: ", "), quoted.last ?? ""].filter { !$0.isEmpty }
        let expected = list.joined(separator: " or ")
        return Self(
            type: "literal_error", message: "Input should be \(expected)",
            context: FieldError.Context(name: "expected", value: JSONText(string: expected)))
    }
}

extension QueryReader {
    /// A text, which may be empty: `?name=`.
    mutating func string(_ name: String) -> String? {
        value(name, .string) { $0 }
    }

    /// The texts of a parameter that may be given more than once.
    mutating func strings(_ name: String) -> [String] {
        values(name, .string) { $0 }
    }

    /// A decimal integer.
    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let number = value(name, .integer, { Self.integer($0) }) else { return nil }
        if range.contains(number.clamped) { return number.clamped }
        let isLow = number.clamped < range.lowerBound
        report(name, .bound(isLow ? range.lowerBound : range.upperBound, isLower: isLow), input: number.text)
        return nil
    }

    /// A boolean as pydantic reads it, in any case: true, yes, on, t, y, 1; or false, no, off, f, n, 0.
    mutating func boolean(_ name: String) -> Bool? {
        value(name, .boolean) { text in
            switch text.lowercased() {
            case "1", "t", "true", "y", "yes", "on": true
            case "0", "f", "false", "n", "no", "off": false
            default: nil
            }
        }
    }

    /// A number of seconds, 0 or more, which may have a fraction.
    mutating func seconds(_ name: String) -> Double? {
        value(name, .seconds) { text in
            // Not in hexadecimal, which `Double` takes too.
            guard text.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }) else { return nil }
            return Double(text).flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
        }
    }

    /// One of the cases of a type, by its raw value.
    mutating func choice<Case: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Case.Type = Case.self
    ) -> Case? {
        value(name, .oneOf(Case.allCases.map(\.rawValue)), Case.init(rawValue:))
    }

    /// An integer that may be beyond what `Int` holds.
    private static func integer(_ text: String) -> (clamped: Int, text: String)? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
        else { return nil }
        return (Int(text) ?? (text.hasPrefix("-") ? .min : .max), text)
    }
}
