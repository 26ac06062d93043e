/// What a client asks to be recorded: the body of `POST /event`.
package struct EventRequest: Sendable, Hashable {
    /// The longest event type, in bytes of UTF-8.
    package static let maximumTypeLength = 256

    package let type: String
    package let data: JSONText
    package let meta: JSONText

    /// Whether the event becomes the latest of its type in the current view.
    package let makeCurrent: Bool

    /// Whether the event is written to a file; otherwise it is *ephemeral*: it lives in the current view only.
    package let storePermanently: Bool

    /// The time that the client gave, as it wrote it and as an instant.
    package let time: EventTime?

    /// The stream that the client asked for; nil for the run if one is active, else the site.
    package let stream: EventStream?

    package init(
        type: String, data: JSONText, meta: JSONText = .emptyObject, makeCurrent: Bool = true,
        storePermanently: Bool = true, time: EventTime? = nil, stream: EventStream? = nil
    ) {
        self.type = type
        self.data = data
        self.meta = meta
        self.makeCurrent = makeCurrent
        self.storePermanently = storePermanently
        self.time = time
        self.stream = stream
    }
}

/// When an event happened: the text that stands in the event, and the instant it means.
package struct EventTime: Sendable, Hashable {
    package let text: String
    package let timestamp: Timestamp

    /// A time as this server writes it.
    package init(_ timestamp: Timestamp) {
        text = timestamp.description
        self.timestamp = timestamp
    }

    /// A time of RFC 3339, kept as it is written; nil for any other text.
    package init?(rfc3339 text: String) {
        guard let timestamp = Timestamp(rfc3339: text) else { return nil }
        self.text = text
        self.timestamp = timestamp
    }
}
