internal import MicroHTTPD
internal import TelemetryStore

/// What an ``EventBody`` sends, made piece by piece. One thread at a time uses it.
protocol EventContent {
    /// Appends what there is, until the buffer has a length; its last event may go beyond it.
    mutating func append(to buffer: inout [UInt8], upTo length: Int) throws(LogReadError) -> EventPause

    /// Has `body` called once, soon after there is more; nil when nothing more can come.
    var awaitMore: ((_ body: @escaping @Sendable () -> Void) -> Void)? { get }

    /// What is sent when nothing else was for a while, so that the client knows that the connection stands.
    mutating func appendSignOfLife(to buffer: inout [UInt8])

    /// What is sent last to a client that would get more.
    ///
    /// - Parameter reason: why it does not.
    func appendFarewell(_ reason: StaticString, to buffer: inout [UInt8])

    /// How far it has come in the log.
    var cursor: LogCursor { get }

    /// What the response tells of its end.
    var trailers: [HTTPResponse.Field] { get }
}

/// Why no more was appended.
enum EventPause {
    /// The buffer is as long as it should be, or much was read and left out.
    case full

    /// As many events were read as are wanted.
    case limitReached

    /// There is no further event, for now.
    case caughtUp
}
