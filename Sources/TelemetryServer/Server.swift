package import Logging
package import MicroHTTPD
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

    /// How long all listeners together wait for clients that are slow to send or to read, when the server stops.
    private static let patience = Duration.milliseconds(1_200)

    /// What listens: the base URLs, such as `http://127.0.0.1:6562` or `unix:/run/telemetry.sock`.
    package let urls: [String]

    let service: TelemetryService
    private let sockets: [ListenSocket]
    private let daemons: [HTTPDaemon]
    private let gate: ConnectionGate
    private let access: AccessControl

    /// Recovers what was recorded and begins to answer. A recovery may take long: ``RecoveryProgress`` tells how far it is.
    ///
    /// - Parameters:
    ///   - sockets: what to listen on; bound before any file is touched, so that a second server on them is refused.
    ///   - requestShutdown: called when a client asked for the end of the process.
    ///   - onSyncFailure: called when nothing can be acknowledged any more: the process should end.
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
        do throws(TelemetryService.StartError) {
            service = try TelemetryService(
                configuration.store, clock: clock, logger: logger, progress: progress, onSyncFailure: onSyncFailure)
        } catch {
            throw .store(error)
        }
        let routes = Routes(
            service: service, limits: configuration.requests, maximumBatchLength: configuration.maximumBatchLength,
            needsTokens: access.hasTokens,
            requestShutdown: configuration.security.allowsShutdown ? requestShutdown : nil)
        var daemonConfiguration = HTTPDaemon.Configuration()
        daemonConfiguration.threads = configuration.httpThreads
        daemonConfiguration.maximumHeaderLength = configuration.maximumHeaderLength
        daemonConfiguration.maximumBodyLength = configuration.maximumBodyLength
        gate = ConnectionGate(
            configuration.connections, tooSlow: { HTTPResponse(HTTPError.requestTimeout) },
            report: { refusal, count in
                logger.report(
                    .notice, .requestRefused, "\(refusal.report)", repeats: "connection refused",
                    metadata: ["refused": .stringConvertible(count)])
            })
        BackgroundThread.start { [gate] in gate.watch() }
        let budget = BodyBudget(limit: configuration.maximumBytesInFlight)
        var daemons: [HTTPDaemon] = []
        do {
            let router = try Router(routes.all)
            for socket in sockets {
                // Nobody listens in on a unix socket.
                daemonConfiguration.identity = socket.port == 0 ? nil : access.identity
                daemons.append(
                    try HTTPDaemon(
                        on: socket, configuration: daemonConfiguration, router: router, gate: gate,
                        budget: budget,
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
    }

    /// The secrets, which SIGHUP reads again.
    var reloadActions: [ReloadAction] {
        var actions: [ReloadAction] = []
        if access.hasTokens { actions.append(ReloadAction("tokens") { [access] in try access.reloadTokens() }) }
        if access.identity != nil {
            actions.append(
                ReloadAction("certificate") { [access, daemons] in
                    guard let identity = try access.readIdentity() else { return }
                    for daemon in daemons { daemon.use(identity) }
                })
        }
        return actions
    }

    /// Returns when an event would have got through, and each HTTP thread has turned to what is new.
    ///
    /// One thread at a time may call it, and not while the server stops.
    ///
    /// - Parameter entering: called with the name of each part before it is waited for.
    /// - Returns: false when a part could not be asked; it may be tried again.
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

    /// Lets the answers in flight finish, and sees all that was recorded on disk.
    ///
    /// - Returns: the sync that failed, now or before; nil when all is well.
    package func stop() -> SystemError? {
        for socket in sockets { socket.removeFile() }
        let deadline = ContinuousClock.now + Self.patience
        for daemon in daemons {
            daemon.stop(patience: deadline - .now)
        }
        gate.stop()
        return service.stop()
    }
}
