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
    }

    /// What listens: the base URLs, such as `http://127.0.0.1:6562`.
    package let urls: [String]

    private let service: TelemetryService
    private let daemons: [HTTPDaemon]
    private let logger: Logger

    /// Recovers what was recorded, binds the sockets and begins to answer.
    ///
    /// - Parameters:
    ///   - requestShutdown: called when a client asked for the end of the process.
    ///   - onSyncFailure: called when nothing can be acknowledged any more: the process should end.
    package init(
        _ configuration: ServerConfiguration, clock: WallClock, logger: Logger,
        requestShutdown: @escaping @Sendable () -> Void, onSyncFailure: @escaping @Sendable (SystemError) -> Void
    ) throws(StartError) {
        self.logger = logger
        // The sockets come first: a second server on the same port says so before it touches any file.
        let sockets: [ListenSocket]
        do throws(SocketError) {
            sockets = try ListenSocket.bind(host: configuration.host, port: configuration.port)
        } catch {
            throw .socket(error)
        }
        do throws(TelemetryService.StartError) {
            service = try TelemetryService(
                configuration.store, clock: clock, logger: logger, onSyncFailure: onSyncFailure)
        } catch {
            throw .store(error)
        }
        let routes = Routes(
            service: service, maximumJSONDepth: configuration.store.maximumJSONDepth,
            requestShutdown: requestShutdown)
        var daemonConfiguration = HTTPDaemon.Configuration()
        daemonConfiguration.threads = configuration.httpThreads
        let defence = BrowserDefence(
            allowedHosts: Set(configuration.allowedHosts.map { $0.lowercased() }),
            allowedOrigins: Set(configuration.allowedOrigins.map { $0.lowercased() }), logger: logger)
        var daemons: [HTTPDaemon] = []
        do {
            let router = try Router(routes.all)
            for socket in sockets {
                daemons.append(
                    try HTTPDaemon(
                        on: socket, configuration: daemonConfiguration, router: router,
                        admit: { head throws(HTTPError) in try defence.check(head) },
                        errorResponse: { HTTPResponse($0) }))
            }
        } catch {
            for daemon in daemons { daemon.stop() }
            service.stop()
            throw .http
        }
        self.daemons = daemons
        urls = sockets.map { "http://\($0.host):\($0.port)" }
    }

    /// Lets the answers in flight finish, and sees all that was recorded on disk.
    ///
    /// - Returns: the sync that failed, now or before; nil when all is well.
    package func stop() -> SystemError? {
        for daemon in daemons { daemon.stop() }
        return service.stop()
    }
}
