internal import CMicroHTTPD
internal import Glibc
internal import Synchronization

/// A server on one listening socket.
package final class HTTPDaemon: @unchecked Sendable {  // The loops are written once, before any other thread sees them.
    package struct Configuration: Sendable {
        /// Threads that serve connections.
        package var threads: Int = 1

        /// The longest body that is taken by a route that says nothing else, in bytes.
        package var maximumBodyLength: Int = 1 << 20

        /// How much of a refused body is read so that the client sees the answer, in bytes.
        package var maximumDrainedLength: Int = 1 << 20

        /// The longest request line and header fields that are taken together, in bytes.
        package var maximumHeaderLength: Int = 32 << 10

        /// What the server shows to clients over TLS; nil to speak without TLS.
        package var identity: TLSIdentity?

        package init() {}
    }

    /// libmicrohttpd refused to start.
    package struct StartError: Error {}

    let router: Router
    let configuration: Configuration
    let admit: HTTPAdmission
    let errorResponse: @Sendable (HTTPError) -> HTTPResponse

    let socket: ListenSocket
    let gate: ConnectionGate
    let budget: BodyBudget

    /// The budget again, for what each event does with it.
    ///
    /// SAFETY: `budget` retains it, for as long as the daemon lives. To retain it twice for an event would cost ninety
    /// instructions.
    let unretainedBudget: Unmanaged<BodyBudget>
    let identity: Mutex<TLSIdentity?>
    private var loops: [HTTPLoop] = []
    private let isStopping = Atomic(false)

    /// How many connections there are.
    private let connections = Atomic(0)

    /// How many requests have begun and are not answered to the end.
    private let exchangesInFlight = Atomic(0)

    /// How many handlers were called and have not answered.
    private let exchangesHandled = Atomic(0)

    /// Whether no handler is called any more.
    private let isClosed = Atomic(false)

    /// Starts to serve `socket`.
    ///
    /// - Parameters:
    ///   - gate: decides which connections are let in, for all daemons that share it.
    ///   - budget: how much memory bodies may take, for all daemons that share it.
    ///   - admit: throws for a request that may not be served at all.
    ///   - errorResponse: the answer to a request that no handler sees.
    /// - Throws: ``StartError`` when libmicrohttpd cannot start: out of memory, threads or descriptors.
    package init(
        on socket: ListenSocket, configuration: Configuration = Configuration(), router: Router,
        gate: ConnectionGate = ConnectionGate(), budget: BodyBudget = BodyBudget(),
        admit: @escaping HTTPAdmission = { _, _ in },
        errorResponse: @escaping @Sendable (HTTPError) -> HTTPResponse
    ) throws(StartError) {
        self.socket = socket
        self.gate = gate
        self.budget = budget
        unretainedBudget = .passUnretained(budget)
        identity = Mutex(configuration.identity)
        self.configuration = configuration
        self.router = router
        self.admit = admit
        self.errorResponse = errorResponse
        LibraryAnswers.form.withLock { $0 = .init(configuration: configuration, errorResponse: errorResponse) }
        try start()
    }

    /// Whether requests that libmicrohttpd refuses by itself are answered in the server's form, and not in HTML.
    package static var answersForLibrary: Bool { LibraryAnswers.isInPlace }

    /// The port that is served.
    package var port: UInt16 { socket.port }

    private func start() throws(StartError) {
        for _ in 0..<configuration.threads {
            let loop = HTTPLoop(self)
            do throws(StartError) {
                try loop.start()
            } catch {
                stop(patience: .zero)
                throw error
            }
            loops.append(loop)
        }
    }

    /// Returns when each thread that serves connections has turned to what is new: none hangs.
    ///
    /// One thread at a time may call it.
    ///
    /// - Returns: false when the daemon has stopped.
    package func beat() -> Bool {
        loops.allSatisfy { $0.beat() }
    }

    /// Shows another identity to the clients that connect from now on.
    ///
    /// It has no effect on a daemon that was started without one.
    package func use(_ identity: TLSIdentity) {
        self.identity.withLock { if $0 != nil { $0 = identity } }
    }

    /// Stops to accept, lets the answers in flight finish, and closes all connections.
    ///
    /// It waits until all handlers that were called have answered: libmicrohttpd ends the process when it is stopped while a
    /// connection is suspended. A second call has no effect.
    ///
    /// - Parameter patience: how long to wait for clients that are slow to send or to read.
    package func stop(patience: Duration = .milliseconds(1_500)) {
        if isStopping.exchange(true, ordering: .relaxed) { return }
        for loop in loops { loop.quiesce() }
        let start = ContinuousClock.now
        while true {
            let elapsed = ContinuousClock.now - start
            guard elapsed < patience, exchangesInFlight.load(ordering: .acquiring) > 0 || mayBringRequest(at: elapsed)
            else { break }
            usleep(1_000)
        }
        isClosed.store(true, ordering: .sequentiallyConsistent)
        while exchangesHandled.load(ordering: .sequentiallyConsistent) > 0 { usleep(1_000) }
        for loop in loops { loop.stop() }
    }

    /// Whether a client that was accepted just before the stop may have its first request on the way.
    ///
    /// A connection that stays silent is not waited for longer.
    private func mayBringRequest(at elapsed: Duration) -> Bool {
        elapsed < .milliseconds(5) || elapsed < .milliseconds(100) && connections.load(ordering: .relaxed) > 0
    }

    func connectionBegan() {
        connections.add(1, ordering: .relaxed)
    }

    func connectionEnded() {
        connections.subtract(1, ordering: .relaxed)
    }

    func exchangeBegan() {
        exchangesInFlight.add(1, ordering: .relaxed)
    }

    func exchangeEnded() {
        exchangesInFlight.subtract(1, ordering: .releasing)
    }

    /// Whether a handler may be called; ``handlerAnswered()`` follows if so.
    func handlerBegins() -> Bool {
        exchangesHandled.add(1, ordering: .sequentiallyConsistent)
        if !isClosed.load(ordering: .sequentiallyConsistent) { return true }
        handlerAnswered()
        return false
    }

    func handlerAnswered() {
        exchangesHandled.subtract(1, ordering: .releasing)
    }

    func maximumBodyLength(of route: Route) -> Int {
        route.maximumBodyLength ?? configuration.maximumBodyLength
    }

    /// Whether a connection should be closed after its answer.
    var closesConnections: Bool { isStopping.load(ordering: .relaxed) }
}
