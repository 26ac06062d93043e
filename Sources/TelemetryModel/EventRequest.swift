/// What a client asks to be recorded: the body of `POST /event`.
///
/// It is the client's text and where its parts stand in there. From these the event is written to its file and answered,
/// and nothing of it is decoded in between.
package struct EventRequest: Sendable {
    /// The longest event type, in bytes of UTF-8.
    package static let maximumTypeLength = 256

    /// Minified JSON, which the parts stand in.
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

    package var meta: JSONText { parts.meta.isEmpty ? .emptyObject : json(parts.meta) }

    /// The time that the client gave, as it wrote it and as an instant.
    package var time: EventTime? {
        if parts.ts.isEmpty { return nil }
        return EventTime(text: String(decoding: text[parts.ts.range], as: UTF8.self), timestamp: parts.timestamp)
    }

    /// Whether the event becomes the latest of its type in the current view.
    package var makeCurrent: Bool { parts.makeCurrent }

    /// Whether the event is written to a file; otherwise it is *ephemeral*: it lives in the current view only.
    package var storePermanently: Bool { parts.storePermanently }

    /// The stream that the client asked for; nil for the run if one is active, else the site.
    package var stream: EventStream? { parts.stream }

    private func json(_ range: TextRange) -> JSONText { JSONText(validated: text[range.range]) }
}

/// The event requests of a batch, in one text.
package struct EventRequests: Sendable, RandomAccessCollection {
    /// Minified JSON, which the parts of all stand in.
    package let text: [UInt8]

    package let parts: [EventParts]

    package init(text: [UInt8], parts: [EventParts]) {
        self.text = text
        self.parts = parts
    }

    package var startIndex: Int { 0 }

    package var endIndex: Int { parts.count }

    package subscript(index: Int) -> EventRequest { EventRequest(text: text, parts: parts[index]) }
}

/// Where the parts of an event request stand in its text, and what else it says.
///
/// It holds no references: a batch has one text and very many of these.
package struct EventParts: Sendable, Hashable {
    /// A JSON string, as the server writes it: with no escape that it does not need.
    package internal(set) var type = TextRange()

    package internal(set) var data = TextRange()

    /// An object; empty when the client gave none.
    package internal(set) var meta = TextRange()

    /// The time that the client gave, in RFC 3339 without quotes; empty when it gave none.
    package internal(set) var ts = TextRange()

    /// The instant that `ts` means.
    package internal(set) var timestamp = Timestamp(milliseconds: 0)

    package internal(set) var makeCurrent = true
    package internal(set) var storePermanently = true
    package internal(set) var stream: EventStream?

    /// The same parts in a text that has `offset` bytes before the one they were found in.
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

/// A part of a text of less than 4 GiB.
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

/// When an event happened: the text that stands in the event, and the instant it means.
package struct EventTime: Sendable, Hashable {
    /// RFC 3339.
    package let text: String

    package let timestamp: Timestamp

    fileprivate init(text: String, timestamp: Timestamp) {
        self.text = text
        self.timestamp = timestamp
    }

    /// A time as this server writes it.
    package init(_ timestamp: Timestamp) {
        self.init(text: timestamp.description, timestamp: timestamp)
    }

    /// A time of RFC 3339, kept as it is written; nil for any other text.
    package init?(rfc3339 text: String) {
        guard let timestamp = Timestamp(rfc3339: text) else { return nil }
        self.init(text: text, timestamp: timestamp)
    }
}
