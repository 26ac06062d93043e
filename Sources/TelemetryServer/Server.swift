package import Logging
package import MicroHTTPD
internal import TelemetryDelivery
internal import TelemetryIndex
internal import TelemetryLimits
internal import TelemetryModel
package import TelemetryStore

/// A recording service behind its HTTP listeners.
package final class Server: Sendable {
    /// Why the server cannot start.
    package enum StartError: Error {
        case store(TelemetryService.StartError)
        case socket(SocketError)
        case http
        case security(SecurityError)
    }

    /// How long a stop waits for clients that are slow to send or to read; for all listeners together.
    private static let patience = Duration.milliseconds(1_200)

    /// The base URLs that are served, such as `http://127.0.0.1:6562` or `unix:/run/telemetry.sock`.
    package let urls: [String]

    let service: TelemetryService

    /// Nil where none is kept.
    let history: HistoryIndex?

    /// Nil where nothing is watched.
    let alarms: AlarmWatch?
    private let deliveries: AlarmDeliveries?
    private let limits: LimitsSource?

    private let sockets: [ListenSocket]
    private let daemons: [HTTPDaemon]
    private let gate: ConnectionGate
    private let access: AccessControl
    private let followers: Followers

    /// Produces long responses.
    private let scheduler = ProducerScheduler()

    /// Recovers what was recorded and starts to serve. A recovery can take long; ``RecoveryProgress`` tells its state.
    ///
    /// - Parameters:
    ///   - sockets: what to listen on. They are bound before any file is touched, so a second server on them fails to start.
    ///   - requestShutdown: called when a client asks the process to end.
    ///   - onSyncFailure: called when a sync has failed: nothing can be acknowledged any more, and the process should end.
    package init(
        _ configuration: ServerConfiguration, on sockets: [ListenSocket], clock: WallClock, logger: Logger,
        progress: RecoveryProgress = RecoveryProgress(), requestShutdown: @escaping @Sendable () -> Void,
        onSyncFailure: @escaping @Sendable (SystemError) -> Void
    ) throws(StartError) {
        self.sockets = sockets
        do throws(SecurityError) {
            access = try AccessControl(configuration.security, logger: logger)
            try access.check(sockets)
        } catch {
            throw .security(error)
        }
        limits = configuration.limits
        var configuration = configuration
        configuration.connections.lasting = configuration.followers.total
        if let descriptors = configuration.descriptors {
            // A faulty file is told of below.
            let deliveries = (try? limits?.read())?.deliveries.count ?? 0
            configuration.shareOut(descriptors, for: sockets.count, deliveries: deliveries, logger)
        }
        do throws(TelemetryService.StartError) {
            service = try TelemetryService(
                configuration.store, clock: clock, logger: logger, progress: progress, onSyncFailure: onSyncFailure)
        } catch {
            throw .store(error)
        }
        history = configuration.history.map { [service] history in
            HistoryIndex(service.log, maximumSeries: history.maximumSeries, logger: logger)
        }
        alarms = limits.map { [service] in AlarmWatch(limits: $0, service, clock: clock, logger: logger) }
        deliveries = limits.map { [service] _ in
            let host = HostName.ofMachine.map { String(decoding: $0, as: UTF8.self) } ?? "localhost"
            return AlarmDeliveries(service.log, instance: host, clock: clock, logger: logger)
        }
        followers = Followers(
            configuration.followers,
            mayFollow: { [access] authorization, peer in access.allows(authorization, peer, for: .read) },
            report: { refusal, peer in
                guard case .text(let detail) = ErrorReport(refusal).detail else { return }
                logger.report(
                    .notice, .requestRefused, "Follower refused: \(detail) (\(peer))", repeats: "follower \(peer)")
            })
        gate = ConnectionGate(
            configuration.connections, tooSlow: { HTTPResponse(HTTPError.requestTimeout) },
            report: { refusal, count in
                logger.report(
                    .notice, .requestRefused, "\(refusal.report)", repeats: refusal.kind,
                    metadata: ["refused": .stringConvertible(count)])
            })
        let statistics = HTTPStatistics()
        let routes = Routes(
            service: service, history: history, alarms: alarms, deliveries: deliveries, limits: configuration.requests,
            maximumBatchLength: configuration.maximumBatchLength, otlp: configuration.otlp,
            needsTokens: access.hasTokens, scheduler: scheduler, followers: followers, statistics: statistics,
            gate: gate, metrics: configuration.metrics,
            allows: { [access] authorization, peer, needed in access.allows(authorization, peer, for: needed) },
            requestShutdown: configuration.security.allowsShutdown ? requestShutdown : nil)
        var daemonConfiguration = HTTPDaemon.Configuration()
        daemonConfiguration.threads = configuration.httpThreads
        daemonConfiguration.maximumHeaderLength = configuration.maximumHeaderLength
        daemonConfiguration.maximumBodyLength = configuration.maximumBodyLength
        BackgroundThread.start { [gate] in gate.watch() }
        let budget = BodyBudget(limit: configuration.maximumBytesInFlight)
        var daemons: [HTTPDaemon] = []
        do {
            let router = try Router(routes.all)
            for socket in sockets {
                // A unix socket (port 0) cannot be eavesdropped on, so it needs no TLS.
                daemonConfiguration.identity = socket.port == 0 ? nil : access.identity
                daemons.append(
                    try HTTPDaemon(
                        on: socket, configuration: daemonConfiguration, router: router, gate: gate,
                        budget: budget, statistics: statistics,
                        admit: { [access] head, needed throws(HTTPError) in try access.admit(head, for: needed) },
                        errorResponse: { HTTPResponse($0) }))
            }
        } catch {
            for daemon in daemons { daemon.stop() }
            gate.stop()
            service.stop()
            throw .http
        }
        if !HTTPDaemon.answersForLibrary {
            logger.warning("libmicrohttpd answers malformed requests by itself, in HTML and not in JSON")
        }
        self.daemons = daemons
        urls = sockets.map { [access] socket in
            socket.port == 0 || access.identity == nil ? socket.url : "https" + socket.url.dropFirst("http".count)
        }
        history?.start()
        // It has a place in the log before the first change is recorded there.
        if let watched = alarms?.configuration { deliveries?.use(watched) }
        alarms?.start()
    }

    /// The secrets, which SIGHUP reads again.
    var reloadActions: [ReloadAction] {
        var actions: [ReloadAction] = []
        if access.hasTokens {
            actions.append(
                ReloadAction("tokens") { [access, followers] in
                    try access.reloadTokens()
                    followers.review()
                })
        }
        if access.identity != nil {
            actions.append(
                ReloadAction("certificate") { [access, daemons] in
                    guard let identity = try access.readIdentity() else { return }
                    for daemon in daemons { daemon.use(identity) }
                })
        }
        if let limits, let alarms, let deliveries {
            actions.append(
                ReloadAction("limits") {
                    try alarms.read(limits)
                    if let watched = alarms.configuration { deliveries.use(watched) }
                })
        }
        return actions
    }

    /// Returns when the recorder, the commit thread and each HTTP thread have shown that they work.
    ///
    /// Only one thread at a time may call it, and none while the server stops.
    ///
    /// - Parameter entering: called with the name of each part before waiting for it.
    /// - Returns: false when a part could not be asked; the caller may try again.
    func beat(entering: (String) -> Void) -> Bool {
        service.beat { part in
            switch part {
            case .recorder: entering("the recorder")
            case .commit: entering("the commit thread")
            }
        }
        for (url, daemon) in zip(urls, daemons) {
            entering("the HTTP thread of \(url)")
            guard daemon.beat() else { return false }
        }
        return true
    }

    /// Lets the responses in flight finish, and syncs everything that was recorded.
    ///
    /// - Returns: the error of a sync that has failed, now or before; nil when none has.
    package func stop() -> SystemError? {
        for socket in sockets { socket.removeFile() }
        deliveries?.askToStop()
        service.log.stopReading()
        let deadline = ContinuousClock.now + Self.patience
        for daemon in daemons {
            daemon.stop(patience: deadline - .now)
        }
        gate.stop()
        scheduler.stop()
        alarms?.stop()
        deliveries?.stop()
        history?.stop()
        return service.stop()
    }
}

extension ServerConfiguration {
    /// What is open besides, when the server records: the site directory, the run's, both streams' files and the gate's
    /// waker. The index of history does with what is left, and tries again when that is nothing.
    private static let otherDescriptors = 5

    /// Keeps connections, and files that clients read, from taking the descriptors that recording needs. Warns when there are
    /// fewer than there may be connections.
    ///
    /// - Parameters:
    ///   - sockets: how many there are to listen on.
    ///   - deliveries: how many receivers are told of alarms.
    fileprivate mutating func shareOut(
        _ descriptors: DescriptorLimit, for sockets: Int, deliveries: Int, _ logger: Logger
    ) {
        let threads = sockets * httpThreads
        let shares = descriptors.shares(
            besides: threads * HTTPDaemon.descriptorsOfThread + Self.otherDescriptors
                + deliveries * AlarmDeliveries.descriptorsOfDelivery)
        let (wanted, wantedFollowers) = (connections.total, followers.total)
        // Those that follow stay. They must not take the places of those that record.
        if shares.room < wanted + wantedFollowers { followers.total = min(wantedFollowers, shares.room / 4) }
        connections.lasting = followers.total
        connections.room = shares.room - followers.total
        connections.descriptorCeiling = shares.ceiling
        connections.excess = min(connections.excess, shares.excess)
        store.readerDescriptorCeiling = shares.ceiling
        if connections.room >= wanted, followers.total == wantedFollowers { return }
        logger.report(
            .warning, .fewDescriptors,
            """
            The limit of \(descriptors.count) open files (ulimit -n, LimitNOFILE=) leaves room for \(connections.room) connections and \
            \(followers.total) followers; --max-connections is \(wanted), and --max-followers \(wantedFollowers)
            """)
    }
}
