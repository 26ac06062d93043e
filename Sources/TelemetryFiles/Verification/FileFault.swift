internal import TelemetryModel
internal import TelemetryStore

/// What is wrong with one line.
package enum FileFault: Error, Hashable, Sendable {
    /// The last line has no newline: the write was cut short.
    case torn

    /// Longer than ``LineReader/maximumLineLength``, which no request reaches.
    case tooLong
    case empty

    /// Zero bytes, as some file systems leave them after a power cut.
    case zeros
    case notStrictJSON(message: String, character: Int)
    case notAnObject
    case missing(member: String)
    case malformed(member: String, expected: String)

    /// The line's `stream` is not that of its file.
    case otherStream(String, expected: String)

    /// The line's run is not the one that `run.json` has for its place, or is missing.
    case otherRun(String?, expected: String)

    /// The sequence number is not above that of the line before.
    case seqNotRising(UInt64, after: UInt64)

    /// A line of another file of the site stream has the sequence number as well.
    case seqRepeated(UInt64, in: String)

    /// `run.json` cannot be read.
    case unreadableRun

    /// `events` in the `run.json` of a stopped run is not the number of lines of its file.
    case eventCount(UInt64, lines: UInt64)

    /// Whether the line is not a readable event, so that repair moves it away. Other faults are only reported: the line
    /// can be read, and only a person can say where it belongs.
    package var isUnreadableLine: Bool {
        switch self {
        case .torn, .tooLong, .empty, .zeros, .notStrictJSON, .notAnObject, .missing, .malformed: true
        case .otherStream, .otherRun, .seqNotRising, .seqRepeated, .unreadableRun, .eventCount: false
        }
    }
}

extension FileFault: CustomStringConvertible {
    /// For people, such as `seq 4 is not above 7, that of the line before`.
    package var description: String {
        switch self {
        case .torn: "no newline at the end: the line is torn"
        case .tooLong: "longer than \(ByteCount(LineReader.maximumLineLength))"
        case .empty: "an empty line"
        case .zeros: "begins with zero bytes"
        case .notStrictJSON(let message, let character): "not strict JSON: \(message) at character \(character)"
        case .notAnObject: "not a JSON object"
        case .missing(let member): "has no '\(member)'"
        case .malformed(let member, let expected): "'\(member)' is not \(expected)"
        case .otherStream(let stream, let expected): "stream is '\(stream)' in a file of the stream '\(expected)'"
        case .otherRun(let id?, let expected): "meta.run_id is '\(id)', but run.json says '\(expected)'"
        case .otherRun(nil, let expected): "has no meta.run_id, but run.json says '\(expected)'"
        case .seqNotRising(let seq, let last): "seq \(seq) is not above \(last), that of the line before"
        case .seqRepeated(let seq, let file): "seq \(seq) is that of a line of \(file) as well"
        case .unreadableRun: "not a readable run.json"
        case .eventCount(let events, let lines): "events is \(events), but the run's file has \(lines) lines"
        }
    }
}
