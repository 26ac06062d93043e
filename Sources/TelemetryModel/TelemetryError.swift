/// Why the server refuses a request. The wire turns each case into one status.
package enum TelemetryError: Error, Hashable {
    /// The request names no run, and none is active.
    case noRunActive

    /// A run is active already, and the request did not ask to replace it.
    case runAlreadyActive

    /// No event of this type is current, or none that is young enough.
    case noCurrentEvent(type: String)

    /// The request is malformed; every fault is listed.
    case invalid([FieldError])

    /// The disk or the user's share of it is full, or a file is as large as it may be.
    case storageFull(reason: String, directory: String, availableBytes: UInt64)

    /// Events cannot be recorded now, for the reason given.
    case cannotRecord(reason: String)

    /// Only clients on this machine may ask for that.
    case loopbackOnly

    /// The server was told not to end when a client asks.
    case shutdownDisabled
}
