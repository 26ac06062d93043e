package import TelemetryModel

/// What may be recorded of one request.
package struct OTLPLimits: Sendable, Hashable {
    /// The longest `meta` of an event, in bytes: what a resource and a scope take. Items of others are rejected.
    package var metaLength = RequestLimits().metaLength

    /// How long the lines of all events may be together, in bytes.
    package var linesLength = 256 << 20

    /// Whether spans and log records become the latest of their type.
    package var makesCurrent = false

    package init() {}
}

/// The events that record a request.
package struct OTLPEvents: Sendable {
    /// Nil if there is nothing to record.
    package let requests: EventRequests?

    /// How many spans, data points or log records are not among them.
    package let rejected: Int

    /// Why not, the first of them; nil if none was rejected.
    package let message: String?
}
