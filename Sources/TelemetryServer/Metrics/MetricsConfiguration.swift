/// What of metrics is told, and to whom.
package struct MetricsConfiguration: Sendable {
    /// Whether `GET /metrics` and `GET /metrics/values` need no token where others do.
    package var isOpen = false

    /// How old a value may be that `GET /metrics/values` tells, in seconds; 0 for any age.
    package var maximumAge = 300.0

    package init() {}
}
