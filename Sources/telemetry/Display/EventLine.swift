internal import TelemetryClient
internal import TelemetryModel

/// The layout of an event in one line: when, where, what, and its data.
struct EventLine {
    /// A run's id or a type that is longer moves the rest to the right.
    private static let widestColumn = 24

    /// The widest so far, so that the lines of one kind of event stand below each other.
    private var streamWidth = 4
    private var typeWidth = 8

    /// - Parameter width: where the line is cut off, in columns; nil for a whole line, with the data as JSON.
    mutating func line(_ record: TelemetryRecord, width: Int?) -> StyledText {
        var line = StyledText(record.event.ts)
        let stream = StyledText(record.runID ?? record.stream.rawValue, .border)
        let type = StyledText(record.event.type, .label)
        streamWidth = min(Self.widestColumn, max(streamWidth, stream.width))
        typeWidth = min(Self.widestColumn, max(typeWidth, type.width))
        line.append("  ")
        let start = line.width
        line.append(stream)
        line.pad(to: start + streamWidth)
        line.append("  ")
        let middle = line.width
        line.append(type)
        line.pad(to: middle + typeWidth)
        line.append("  ")
        guard let width else {
            line.append(record.event.data.description)
            return line
        }
        append(record.event.data, to: &line, width: width)
        return line.cut(to: width)
    }

    /// The data in short: `sky="clear" wind_mps=2.1`.
    private func append(_ data: JSONText, to line: inout StyledText, width: Int) {
        guard data.kind == .object else { return append(value: data, to: &line, width: width) }
        var separator = ""
        for member in data.members where line.width <= width {
            line.append(separator + (member.name.string ?? ""), .name)
            line.append("=")
            append(value: member.value, to: &line, width: width)
            separator = " "
        }
    }

    private func append(value: JSONText, to line: inout StyledText, width: Int) {
        let style: StyledText.Style =
            switch value.kind {
            case .string: .string
            case .number: .number
            case .boolean, .null: .literal
            case .object, .array: .plain
            }
        // Many clients escape everything but ASCII. And what does not fit is cut off, however long it is.
        let text = value.string.map { JSONText(String($0.prefix(width))) } ?? value
        line.append(String(decoding: text.utf8.prefix(4 * width), as: UTF8.self), style)
    }
}
