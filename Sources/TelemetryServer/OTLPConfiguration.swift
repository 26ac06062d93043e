/// How requests of OpenTelemetry programs are taken.
package struct OTLPConfiguration: Sendable {
    /// The longest body, unpacked, in bytes.
    package var maximumBodyLength = 64 << 20

    /// Whether spans and log records become the latest of their type; metrics always do.
    package var makesCurrent = false

    package init() {}
}
