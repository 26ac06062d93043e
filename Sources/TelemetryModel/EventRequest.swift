/// A client's request to record an event: the body of `POST /event`.
///
/// It is the client's JSON and the byte ranges of its parts. The line in the file and the answer are copied from those
/// ranges; nothing is decoded in between.
package struct EventRequest: Sendable {
    /// The longest event type, in bytes of UTF-8.
    package static let maximumTypeLength = 256

    /// Minified JSON, which the ranges of `parts` refer to.
    package let text: [UInt8]

    package let parts: EventParts

    package init(text: [UInt8], parts: EventParts) {
        self.text = text
        self.parts = parts
    }

    package init(
        type: String, data: JSONText, meta: JSONText = .emptyObject, makeCurrent: Bool = true,
        storePermanently: Bool = true, time: EventTime? = nil, stream: EventStream? = nil
    ) {
        var text: [UInt8] = []
        func append(_ part: some Collection<UInt8>) -> TextRange {
            let start = text.count
            text.append(contentsOf: part)
            return TextRange(start..<text.count)
        }
        var parts = EventParts()
        parts.type = append(JSONText(string: type).utf8)
        parts.data = append(data.utf8)
        parts.meta = append(meta.utf8)
        if let time {
            parts.ts = append(time.text.utf8)
            parts.timestamp = time.timestamp
        }
        parts.makeCurrent = makeCurrent
        parts.storePermanently = storePermanently
        parts.stream = stream
        self.init(text: text, parts: parts)
    }

    package var type: String { json(parts.type).string ?? "" }

    package var data: JSONText { json(parts.data) }

    package var meta: JSONText { text.span.withUnsafeBufferPointer { parts.meta(in: $0) } }

    /// The client's `ts`, as written and as an instant; nil if it gave none.
    package var time: EventTime? {
        if parts.ts.isEmpty { return nil }
        return EventTime(text: String(decoding: text[parts.ts.range], as: UTF8.self), timestamp: parts.timestamp)
    }

    /// Whether the event becomes the latest of its type in the current view.
    package var makeCurrent: Bool { parts.makeCurrent }

    /// Whether the event is written to a file; otherwise it is *ephemeral*: it lives in the current view only.
    package var storePermanently: Bool { parts.storePermanently }

    /// The stream that the client asked for; nil means the run if one is active, otherwise the site.
    package var stream: EventStream? { parts.stream }

    private func json(_ range: TextRange) -> JSONText { JSONText(validated: text[range.range]) }
}

/// The event requests of a batch, in one text. A single event is a batch of one.
package struct EventRequests: Sendable, RandomAccessCollection {
    /// Minified JSON in which the parts of all requests stand.
    package let text: [UInt8]

    /// A batch of one needs no memory for its parts.
    private let first: EventParts

    /// The parts of all requests; empty for a batch of one.
    private let all: [EventParts]

    /// Whether each request stands in a line of its own, of which there may be one.
    private let hasLines: Bool

    /// The requests of a batch.
    ///
    /// - Parameters:
    ///   - text: each request in a line; of others, which hold none, the newlines.
    ///   - parts: those of at least one request.
    package init(text: [UInt8], parts: [EventParts]) {
        self.init(text: text, parts: parts, hasLines: true)
    }

    /// The requests of a batch whose parts may share places in the text.
    ///
    /// - Parameter parts: those of at least one request.
    package init(sharing text: [UInt8], parts: [EventParts]) {
        self.init(text: text, parts: parts, hasLines: false)
    }

    /// A batch of one.
    package init(_ request: EventRequest) {
        text = request.text
        hasLines = false
        first = request.parts
        all = []
    }

    package var startIndex: Int { 0 }

    package var endIndex: Int { all.isEmpty ? 1 : all.count }

    package subscript(index: Int) -> EventRequest {
        EventRequest(text: text, parts: all.isEmpty ? first : all[index])
    }

    /// The same requests, of which some do not become current.
    ///
    /// - Parameter isLeftOut: whether those of a type do not; it is a JSON string.
    package func withoutCurrent(_ isLeftOut: (JSONText) -> Bool) -> EventRequests {
        let parts = (all.isEmpty ? [first] : all).map { parts in
            var parts = parts
            if isLeftOut(JSONText(validated: text[parts.type.range])) { parts.makeCurrent = false }
            return parts
        }
        return EventRequests(text: text, parts: parts, hasLines: hasLines)
    }

    private init(text: [UInt8], parts: [EventParts], hasLines: Bool) {
        self.text = text
        self.hasLines = hasLines
        first = parts[0]
        all = parts.count == 1 ? [] : parts
    }

    /// The parts of a single request; nil for a batch of several.
    package var single: EventParts? { all.isEmpty ? first : nil }

    /// The parts of several requests; empty for a batch of one.
    package var several: [EventParts] { all }

    /// The refusal of one of the requests, with the line that it stands in if they have lines.
    package func locating(_ error: TelemetryError, at parts: EventParts) -> TelemetryError {
        var lines = lineNumbers
        return lines.number(of: parts).map(error.inLine) ?? error
    }

    /// The lines that the requests stand in.
    package var lineNumbers: LineNumbers { LineNumbers(requests: self) }

    /// Counts lines, from the first to the last request.
    package struct LineNumbers {
        fileprivate let requests: EventRequests
        private var line = 1
        private var position = 0

        fileprivate init(requests: EventRequests) {
            self.requests = requests
        }

        /// The line of a request, which comes after those that were asked for before; nil when requests have no lines.
        package mutating func number(of parts: EventParts) -> Int? {
            guard requests.hasLines else { return nil }
            // No newline stands in minified JSON.
            line += requests.text[position..<parts.type.range.lowerBound].count { $0 == UInt8(ascii: "\n") }
            position = parts.type.range.lowerBound
            return line
        }
    }
}

/// The parts of an event request: byte ranges of its text, and the decoded small members.
///
/// It holds no references, because a batch has one text and very many of these.
package struct EventParts: Sendable, Hashable {
    /// A JSON string without unnecessary escapes, as the server writes it.
    package internal(set) var type = TextRange()

    package internal(set) var data = TextRange()

    /// An object; empty if the client gave none.
    package internal(set) var meta = TextRange()

    /// The client's time, RFC 3339 without quotes; empty if it gave none.
    package internal(set) var ts = TextRange()

    /// The instant of `ts`.
    package internal(set) var timestamp = Timestamp(milliseconds: 0)

    package internal(set) var makeCurrent = true
    package internal(set) var storePermanently = true
    package internal(set) var stream: EventStream?

    init() {}

    /// The parts of a request that the server has written itself.
    package init(
        type: TextRange, data: TextRange, meta: TextRange, ts: TextRange, timestamp: Timestamp, makeCurrent: Bool
    ) {
        self.type = type
        self.data = data
        self.meta = meta
        self.ts = ts
        self.timestamp = timestamp
        self.makeCurrent = makeCurrent
    }

    /// What the client sent as `meta`, or an empty object.
    ///
    /// - Parameter text: where the parts stand.
    package func meta(in text: UnsafeBufferPointer<UInt8>) -> JSONText {
        meta.isEmpty ? .emptyObject : JSONText(validated: Array(text[meta]))
    }

    /// The parts with all ranges moved by `offset`, for a text in which the original one starts there.
    package func moved(by offset: Int) -> EventParts {
        var moved = self
        let offset = UInt32(offset)
        moved.type = type.moved(by: offset)
        moved.data = data.moved(by: offset)
        moved.meta = meta.moved(by: offset)
        moved.ts = ts.moved(by: offset)
        return moved
    }
}

/// A byte range of a text of less than 4 GiB.
package struct TextRange: Sendable, Hashable {
    private let start: UInt32
    private let end: UInt32

    package init(_ range: Range<Int> = 0..<0) {
        start = UInt32(range.lowerBound)
        end = UInt32(range.upperBound)
    }

    package var range: Range<Int> { Int(start)..<Int(end) }

    package var count: Int { Int(end - start) }

    package var isEmpty: Bool { start == end }

    fileprivate init(start: UInt32, end: UInt32) {
        self.start = start
        self.end = end
    }

    fileprivate func moved(by offset: UInt32) -> TextRange { TextRange(start: start + offset, end: end + offset) }
}
