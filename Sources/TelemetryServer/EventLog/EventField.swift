internal import TelemetryModel

/// A member of an event by its path, `data.wind_mps`: a column of CSV.
///
/// A number is the index of an array's element, `data.adc.0`.
struct EventField: Sendable {
    /// The path as it was given.
    let name: String
    private let path: [[UInt8]]

    /// - Returns: nil when the text is no path: `a..b`, or nothing.
    init?(_ name: some StringProtocol) {
        let parts = Array(name.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if parts.contains(where: \.isEmpty) { return nil }
        self.name = String(name)
        path = parts.map { Array($0) }
    }

    /// The columns of a response that asks for none.
    static let standard = ["seq", "ts", "stream", "type", "data", "meta"].compactMap(EventField.init)

    /// - Returns: nil when the event does not have it.
    func value(in event: JSONText) -> JSONText? {
        var value = event
        for part in path {
            guard let next = Self.step(part, in: value) else { return nil }
            value = next
        }
        return value
    }

    private static func step(_ name: [UInt8], in value: JSONText) -> JSONText? {
        switch value.kind {
        case .object:
            // Of several members the last, as with most JSON readers.
            var found: JSONText?
            for member in value.members where member.name.isString(name) { found = member.value }
            return found
        case .array:
            let text = String(decoding: name, as: UTF8.self)
            guard let index = Int(text), index >= 0, String(index) == text else { return nil }
            return value.elements.dropFirst(index).first { _ in true }
        case .string, .number, .boolean, .null:
            return nil
        }
    }
}

extension JSONText {
    /// Whether this is the string of these bytes.
    fileprivate func isString(_ bytes: [UInt8]) -> Bool {
        guard kind == .string else { return false }
        let content = utf8.dropFirst().dropLast()
        if content.contains(UInt8(ascii: "\\")) { return string.map { Array($0.utf8) } == bytes }
        return content.elementsEqual(bytes)
    }
}
