/// Where an exchange is between the header of its request and the end of its answer.
///
///     receiving ──▶ refused                     what no handler sees
///         │
///         ▼ handler is called
///     handling ──▶ queued                       its route's flush is to answer
///       │ ▲ │        │ │
///       │ │ └────────┼─┴─▶ parked               another thread is to
///       │ │          │      │ │
///       │ suspended ◀┼──────┘ │                 it takes longer: the connection costs nothing meanwhile
///       ▼            ▼        │
///     answered ◀──────────────┘                 the response is queued
///         │
///         ▼
///     failed                                    it could not be: the connection is closed
///
/// and from each of them to `gone`: libmicrohttpd has ended the request, and may have closed the connection.
///
/// This type owns all transitions. In debug builds one that is not in the picture traps. Only the thread of the loop uses
/// a stage.
struct ExchangeStage {
    enum Value {
        case receiving
        case refused(HTTPError)
        case handling
        case queued
        case parked(place: Int)
        case suspended(place: Int)
        case answered
        case failed
        case gone
    }

    private(set) var value: Value

    private init(_ value: Value) {
        self.value = value
    }

    /// That of a request whose header is there.
    static var receiving: ExchangeStage { ExchangeStage(.receiving) }

    /// That of a request that is refused for its header.
    static func refused(_ error: HTTPError) -> ExchangeStage { ExchangeStage(.refused(error)) }

    /// That of an exchange without a connection.
    static var handling: ExchangeStage { ExchangeStage(.handling) }

    /// The body is not taken.
    mutating func refuse(_ error: HTTPError) {
        if case .receiving = value {} else { impossible("refused") }
        value = .refused(error)
    }

    /// The body is complete, and the handler is about to be called.
    mutating func handle() {
        if case .receiving = value {} else { impossible("handling") }
        value = .handling
    }

    /// The handler leaves the request to the flush of its route.
    mutating func queue() {
        if case .handling = value {} else { impossible("queued") }
        value = .queued
    }

    /// There is no answer after the handler, or the flush; libmicrohttpd will ask for it in each turn.
    mutating func park(at place: Int) {
        switch value {
        case .handling, .queued: break
        default: impossible("parked")
        }
        value = .parked(place: place)
    }

    /// There is no answer, and libmicrohttpd will not ask for it until the connection is resumed.
    mutating func suspend(at place: Int) {
        if case .parked = value {} else { impossible("suspended") }
        value = .suspended(place: place)
    }

    /// Stands at another place among those that are parked or suspended.
    mutating func move(to place: Int) {
        switch value {
        case .parked: value = .parked(place: place)
        case .suspended: value = .suspended(place: place)
        default: impossible("moved")
        }
    }

    /// The connection is resumed, and libmicrohttpd will ask for the answer, which is there.
    mutating func resume() {
        if case .suspended = value {} else { impossible("handling") }
        value = .handling
    }

    /// The response is about to be queued.
    mutating func answer() {
        switch value {
        case .handling, .queued, .parked: break
        default: impossible("answered")
        }
        value = .answered
    }

    /// There will be no answer: it could not be queued, or the loop ends before it is there.
    mutating func fail() {
        switch value {
        case .answered, .suspended: break
        default: impossible("failed")
        }
        value = .failed
    }

    /// libmicrohttpd has ended the request, for whatever reason.
    mutating func end() {
        if case .gone = value { impossible("gone") }
        value = .gone
    }

    private func impossible(_ next: StaticString) {
        assertionFailure("an exchange that is \(value) cannot become \(next)")
    }
}
