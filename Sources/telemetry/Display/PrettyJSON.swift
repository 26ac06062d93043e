internal import TelemetryModel

/// A JSON value over several lines, indented by two spaces.
struct PrettyJSON {
    private(set) var lines: [StyledText] = []
    private let maximumLines: Int
    private var line = StyledText()

    /// - Parameter maximumLines: where to stop formatting, because further lines would not be shown.
    init(_ json: JSONText, maximumLines: Int) {
        self.maximumLines = maximumLines
        write(json, depth: 0)
        lines.append(line)
    }

    private mutating func write(_ json: JSONText, depth: Int) {
        switch json.kind {
        case .object: write(json.members, "{", "}", depth) { $0.write($1, depth: depth + 1) }
        case .array: write(json.elements, "[", "]", depth) { $0.write($1, depth: depth + 1) }
        case .string: line.append(Self.quoted(json), .string)
        case .number: line.append(json.description, .number)
        case .boolean, .null: line.append(json.description, .literal)
        }
    }

    private mutating func write(_ member: JSONText.Member, depth: Int) {
        line.append(Self.quoted(member.name), .name)
        line.append(": ")
        write(member.value, depth: depth)
    }

    private mutating func write<Parts: Sequence>(
        _ parts: Parts, _ opening: String, _ closing: String, _ depth: Int,
        _ write: (inout PrettyJSON, Parts.Element) -> Void
    ) {
        line.append(opening)
        var isEmpty = true
        for part in parts {
            guard lines.count < maximumLines else { return }
            if !isEmpty { line.append(",") }
            isEmpty = false
            breakLine(depth + 1)
            write(&self, part)
        }
        if !isEmpty { breakLine(depth) }
        line.append(closing)
    }

    /// The string without unnecessary escapes: many clients escape everything but ASCII.
    private static func quoted(_ json: JSONText) -> String {
        json.string.map { JSONText($0).description } ?? json.description
    }

    private mutating func breakLine(_ depth: Int) {
        lines.append(line)
        line = StyledText(String(repeating: " ", count: 2 * depth))
    }
}
