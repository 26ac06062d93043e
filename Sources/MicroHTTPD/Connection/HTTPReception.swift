internal import CMicroHTTPD

/// What a connection keeps of a request between libmicrohttpd's calls for it.
struct HTTPReception {
    enum Stage {
        case receiving
        case refused(HTTPError)

        /// A handler was called, and its route's ``Route/flush`` is to be.
        case queued

        /// Another thread is about to answer; where it stands among those that wait like this.
        case left(place: Int)

        /// The connection is suspended until another thread has answered.
        case suspended

        /// The answer is there, or was given.
        case handled

        /// The answer cannot be given.
        case failed

        /// The request is over, and its connection may be closed.
        case gone
    }

    var stage = Stage.receiving

    /// It outlives its requests, and is asked for much: to retain it each time would show.
    unowned(unsafe) let client: ClientConnection?

    /// The route of the request, also when it is refused; nil when it has none. The daemon's router retains it.
    let route: Unmanaged<Route>?

    /// The media type of the body.
    let contentType: HTTPKnownFields.Field

    /// The length of the body as it was announced, in bytes; 0 when it was not.
    let announcedLength: Int

    /// The longest body that is taken, in bytes.
    let limit: Int

    /// How much of a refused body has been read and thrown away, in bytes.
    var drainedLength = 0

    /// What is reserved for the body in the daemon's ``BodyBudget``, in bytes.
    var reservedLength = 0

    /// What stays reserved for as long as the handler has the body, when the client has gone.
    var reservation: BodyReservation?

    /// What is sent, if it goes back to the loop's pool after that.
    var response: ResponsePool.Response?

    /// Whether a handler was called and its answer was not taken.
    var isAwaited = false

    init(
        client: ClientConnection? = nil, route: Unmanaged<Route>? = nil, contentType: HTTPKnownFields.Field = .init(),
        announcedLength: Int = 0, limit: Int = 0, reservedLength: Int = 0, refusal: HTTPError? = nil
    ) {
        self.client = client
        self.route = route
        self.contentType = contentType
        self.announcedLength = announcedLength
        self.limit = limit
        self.reservedLength = reservedLength
        if let refusal { stage = .refused(refusal) }
    }
}

/// A request as it was received, but for its body.
struct ReceivedHead {
    let connection: OpaquePointer
    let method: HTTPMethod
    let match: Router.Match
    let isFromLoopback: Bool
}
