internal import CMicroHTTPD

/// What a connection keeps of a request between libmicrohttpd's calls for it. Only the thread of the loop uses it.
struct HTTPReception {
    var stage: ExchangeStage

    /// The connection that the request came in by; nil when there is none.
    ///
    /// SAFETY: libmicrohttpd's connection owns it, and lives for longer than the requests that come in by it. It is not
    /// used when the stage is `gone`. To retain it for each request would cost some thirty instructions.
    unowned(unsafe) var client: ClientConnection?

    /// The route of the request, also when it is refused; nil when it has none.
    ///
    /// SAFETY: the router has it, and the loop what the daemon shares, with the router. Only the loop uses this.
    var route: Unmanaged<Route>?

    /// The media type of the body.
    ///
    /// SAFETY: in libmicrohttpd's memory for the request; looked at when the body is complete, which is before its end.
    var contentType = HTTPKnownFields.Field()

    /// The length of the body as it was announced, in bytes; 0 when it was not.
    var announcedLength = 0

    /// The longest body that is taken, in bytes.
    var limit = 0

    /// How long the client of a produced body may take nothing, in seconds.
    var stallTime: Int { route?._withUnsafeGuaranteedRef { $0.stallTime } ?? 0 }

    /// Unpacks the body while it comes; nil when it is not compressed, or is complete.
    var inflater: GzipInflater?

    /// How much of a refused body has been read and thrown away, in bytes.
    var drainedLength = 0

    /// What is reserved for the body in the daemon's ``BodyBudget``, in bytes.
    var reservedLength = 0

    /// What stays reserved for as long as the handler has the body, when the client has gone.
    var reservation: BodyReservation?

    /// What is sent, if it goes back to the loop's pool after that.
    var response: ResponsePool.Response?

    /// When the handler was called, on the monotonic clock in nanoseconds.
    var beganAt = 0

    /// Whether a handler was called and its answer was not taken.
    var isAwaited = false
}

/// A request as it was received, but for its body.
struct ReceivedHead {
    /// SAFETY: libmicrohttpd's connection, for its thread, and until the exchange's stage is `gone`. Other threads reach
    /// it by ``HTTPExchange/field(_:_:)`` only, which holds back the end of the request meanwhile.
    let connection: OpaquePointer
    let method: HTTPMethod
    let match: Router.Match
    let peer: HTTPPeer
}
