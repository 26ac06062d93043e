package import MicroHTTPD
internal import TelemetryIndex
package import TelemetryModel
package import TelemetryStore

/// What a ``Server`` listens on and where it records.
package struct ServerConfiguration: Sendable {
    package var listen = ListenConfiguration()

    package var security = SecurityConfiguration()
    package var connections = ConnectionLimits()
    package var followers = FollowerLimits()

    /// The longest request line and header fields together, in bytes.
    package var maximumHeaderLength = 32 << 10

    /// The longest body of a request, in bytes.
    package var maximumBodyLength = 1 << 20

    /// The longest body of `POST /events`, in bytes.
    package var maximumBatchLength = 16 << 20

    /// The sum of the bodies of all requests in flight, in bytes; at least the longest body.
    package var maximumBytesInFlight = 256 << 20

    package var requests = RequestLimits()
    package var otlp = OTLPConfiguration()
    package var metrics = MetricsConfiguration()

    /// Threads that serve connections.
    package var httpThreads = 1

    package var store: StoreConfiguration

    /// Nil where no history is kept.
    package var history: HistoryConfiguration? = HistoryConfiguration()

    /// What is watched; nil for nothing.
    package var limits: LimitsSource?

    /// How many descriptors there may be; nil where that does not matter.
    package var descriptors: DescriptorLimit?

    /// What SIGHUP reads again.
    package var reloadActions: [ReloadAction] = []

    package init(store: StoreConfiguration) {
        self.store = store
    }
}

/// How history is kept.
package struct HistoryConfiguration: Sendable {
    /// How many fields may be rolled up; see ``HistoryIndex``.
    package var maximumSeries = HistoryIndex.maximumSeries

    package init() {}
}
