package import MicroHTTPD
internal import SimdJSON
internal import TelemetryDelivery
internal import TelemetryIndex
internal import TelemetryModel
internal import TelemetryOTLP
internal import TelemetryStore

/// The list of all endpoints.
package struct Routes: Sendable {
    let service: TelemetryService

    /// Nil where the server keeps none.
    let history: HistoryIndex?

    /// Nil where nothing is watched.
    let alarms: AlarmWatch?

    /// Nil where nobody is told.
    let deliveries: AlarmDeliveries?

    let parser: JSONParser

    /// Reads OTLP requests, which may be nested deeper.
    let otlpParser = JSONParser(maximumDepth: OTLPRequest.jsonDepth)
    let otlp: OTLPConfiguration
    let requestLimits: RequestLimits

    /// The longest body of `POST /events`, in bytes.
    private let maximumBatchLength: Int

    /// The document at `/openapi.json`.
    let document: StaticContent

    /// Produces the responses of `GET /events` that are long, or have no end.
    let scheduler: ProducerScheduler

    let followers: Followers

    /// What the threads that serve connections have counted.
    let statistics: HTTPStatistics

    /// Whether a client with this `Authorization` may do what needs an access.
    let allows: @Sendable (_ authorization: String?, _ peer: HTTPPeer, _ access: Route.Access) -> Bool

    /// Lets connections in.
    let gate: ConnectionGate

    /// Requests to record that were refused.
    let refusals = RefusalCounters()

    let life = ServerLife()
    let room: RoomReader
    let values: ValueMetrics
    private let metricsAccess: Route.Access

    /// Asks the process to end once the request has been answered; nil when clients may not.
    let requestShutdown: (@Sendable () -> Void)?

    init(
        service: TelemetryService, history: HistoryIndex? = nil, alarms: AlarmWatch? = nil,
        deliveries: AlarmDeliveries? = nil, limits: RequestLimits = RequestLimits(),
        maximumBatchLength: Int = 16 << 20, otlp: OTLPConfiguration = OTLPConfiguration(),
        needsTokens: Bool = false, scheduler: ProducerScheduler = ProducerScheduler(),
        followers: Followers = Followers(), statistics: HTTPStatistics = HTTPStatistics(),
        gate: ConnectionGate = ConnectionGate(), metrics: MetricsConfiguration = MetricsConfiguration(),
        allows: @escaping @Sendable (String?, HTTPPeer, Route.Access) -> Bool = { _, _, _ in true },
        requestShutdown: (@Sendable () -> Void)?
    ) {
        self.service = service
        self.history = history
        self.alarms = alarms
        self.deliveries = deliveries
        requestLimits = limits
        self.maximumBatchLength = maximumBatchLength
        self.otlp = otlp
        parser = JSONParser(maximumDepth: limits.jsonDepth)
        self.scheduler = scheduler
        self.followers = followers
        self.statistics = statistics
        self.allows = allows
        self.gate = gate
        room = RoomReader(service)
        values = ValueMetrics(metrics, logger: service.logger)
        metricsAccess = metrics.isOpen ? .open : .read
        self.requestShutdown = requestShutdown
        document = OpenAPIDocument(needsTokens: needsTokens, opensMetrics: metrics.isOpen).content
    }

    package var all: [Route] {
        [
            route(.get, "/health", access: .open, health),
            route(.get, "/ready", access: .open, execution: .worker, ready),
            route(.get, "/run", activeRun),
            route(.get, "/runs", execution: .worker, allRuns),
            route(.post, "/run/start", access: .admin, execution: .worker, startRun),
            route(.post, "/run/stop", access: .admin, execution: .worker, stopRun),
            Route(.post, "/event", access: .write, flush: service.flush, handler: postEvent),
            Route(
                .post, "/events", access: .write, mediaTypes: Self.ndjsonMediaTypes,
                maximumBodyLength: maximumBatchLength, handler: postEvents),
            route(.get, "/events", execution: .longWorker, recordedEvents),
            route(.get, "/types", execution: .longWorker, types),
            route(.get, "/history/{type}", execution: .longWorker, history),
            route(.get, "/history/{type}/states", execution: .longWorker, states),
            route(.get, "/current", current),
            route(.get, "/current/{type}", currentEvent),
            route(.get, "/limits", limits),
            route(.get, "/alarms", allAlarms),
            Route(.post, "/alarms/{name}/acknowledge", access: .admin, handler: acknowledge),
            route(.post, "/shutdown", access: .admin, shutdown),
            route(.get, "/metrics", access: metricsAccess, execution: .worker, metrics),
            route(.get, "/metrics/values", access: metricsAccess, execution: .worker, valueMetrics),
            route(.get, "/openapi.json", openAPI),
            route(.get, "/server", access: .optional, execution: .worker, server),
            route(.get, "/", access: .page, execution: .worker, page),
            route(.get, "/page/{version}/{name}", access: .open, execution: .worker, pageFile),
            route(.get, "/page/{version}/{directory}/{name}", access: .open, execution: .worker, pageFile),
        ] + ["", "/api/v1"].flatMap(hostRoutes) + otlpRoutes
    }

    /// The routes of the reference's history store.
    private func hostRoutes(below prefix: String) -> [Route] {
        [
            route(.get, prefix + "/telemetry/history", execution: .longWorker, errors: .plainText, hostHistory),
            route(.get, prefix + "/telemetry/hosts", execution: .longWorker, errors: .plainText, hosts),
        ]
    }

    /// A route whose handler answers before it returns. A worker runs those that read or write a disk.
    ///
    /// Nobody on the way may keep what only some clients may read, unless the response says so itself.
    ///
    /// - Parameter errors: the format of its errors.
    func route(
        _ method: HTTPMethod, _ path: String, access: Route.Access = .read, execution: Route.Execution = .loop,
        errors: ErrorEncoder = .json,
        _ respond: @escaping @Sendable (HTTPRequest) throws(TelemetryError) -> HTTPResponse
    ) -> Route {
        Route(method, path, access: access, execution: execution, errorEncoder: errors.ofHTTPErrors) { exchange in
            let request = exchange.request
            var response: HTTPResponse
            do throws(TelemetryError) {
                response = try respond(request)
            } catch {
                response = errors.encode(ErrorReport(error), request.headers)
            }
            if method == .get, access != .open, !response.fields.contains(where: { $0.name == "Cache-Control" }) {
                response.fields.append(HTTPResponse.notStored)
            }
            exchange.answer(response)
        }
    }
}
