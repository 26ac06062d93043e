internal import Synchronization

/// What the loops of a daemon share. It lives for as long as any of them, and so may outlive the daemon.
final class DaemonCore: Sendable {
    let router: Router
    let configuration: HTTPDaemon.Configuration
    let admit: HTTPAdmission
    let errorResponse: @Sendable (HTTPError) -> HTTPResponse

    /// libmicrohttpd listens on it and does not own it.
    let socket: ListenSocket
    let gate: ConnectionGate
    let budget: BodyBudget
    let statistics: HTTPStatistics

    /// The budget again, for what each event does with it.
    ///
    /// SAFETY: `budget` retains it, for as long as the core lives. To retain it twice for an event would cost ninety
    /// instructions.
    let unretainedBudget: Unmanaged<BodyBudget>
    let identity: Mutex<TLSIdentity?>

    /// Threads for the routes whose handlers may wait.
    let workers: WorkerPool
    let longWorkers: WorkerPool

    private let isStopping = Atomic(false)

    /// How many connections there are.
    private let connections = Atomic(0)

    /// How many requests have begun and are not answered to the end.
    private let exchangesInFlight = Atomic(0)

    /// How many produced bodies are sent. Their requests are not in flight.
    private let bodies = Atomic(0)

    /// How many handlers were called and have not answered.
    private let exchangesHandled = Atomic(0)

    /// Whether no handler is called any more.
    private let isClosed = Atomic(false)

    init(
        on socket: ListenSocket, configuration: HTTPDaemon.Configuration, router: Router, gate: ConnectionGate,
        budget: BodyBudget, statistics: HTTPStatistics, admit: @escaping HTTPAdmission,
        errorResponse: @escaping @Sendable (HTTPError) -> HTTPResponse
    ) {
        self.socket = socket
        self.gate = gate
        self.budget = budget
        self.statistics = statistics
        unretainedBudget = .passUnretained(budget)
        identity = Mutex(configuration.identity)
        workers = WorkerPool(limit: configuration.workers)
        longWorkers = WorkerPool(limit: configuration.workers)
        self.configuration = configuration
        self.router = router
        self.admit = admit
        self.errorResponse = errorResponse
    }

    func maximumBodyLength(of route: Route) -> Int {
        route.maximumBodyLength ?? configuration.maximumBodyLength
    }

    // MARK: - What there is to wait for, when the daemon stops

    /// - Returns: false when it stops already.
    func beginStop() -> Bool {
        !isStopping.exchange(true, ordering: .relaxed)
    }

    /// Whether a connection should be closed after its answer.
    var closesConnections: Bool { isStopping.load(ordering: .relaxed) }

    /// Whether an answer is on its way; or a client that was accepted just before the stop may send its first request.
    ///
    /// A connection that stays silent is not waited for longer.
    ///
    /// - Parameter time: how long ago the stop began.
    func isBusy(at time: Duration) -> Bool {
        exchangesInFlight.load(ordering: .acquiring) > 0 || time < .milliseconds(5)
            || time < .milliseconds(100) && connections.load(ordering: .relaxed) > 0
    }

    /// Whether produced bodies are sent.
    var hasBodies: Bool { bodies.load(ordering: .acquiring) > 0 }

    /// Has no more handlers called.
    func close() {
        isClosed.store(true, ordering: .sequentiallyConsistent)
    }

    /// Whether handlers were called that have not answered.
    var hasHandlers: Bool { exchangesHandled.load(ordering: .sequentiallyConsistent) > 0 }

    // MARK: - For the loops

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

    /// The answer to a request has a produced body.
    func bodyBegan() {
        bodies.add(1, ordering: .relaxed)
        exchangeEnded()
    }

    func bodyEnded() {
        bodies.subtract(1, ordering: .releasing)
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

    /// Who calls a route's handler; nil for the loop.
    func workers(for route: Route) -> WorkerPool? {
        switch route.execution {
        case .loop: nil
        case .worker: workers
        case .longWorker: longWorkers
        }
    }
}
