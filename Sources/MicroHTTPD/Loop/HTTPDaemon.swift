internal import Glibc
internal import Synchronization

/// A server on one listening socket.
///
/// It owns its loops, each of which retains ``DaemonCore`` and itself until its thread has ended. A daemon that is dropped
/// without ``stop(patience:)`` ends them, and closes all connections without an answer.
///
/// SAFETY: `loops` is written by the initializer only, before any other thread has the daemon.
package final class HTTPDaemon: @unchecked Sendable {
    package struct Configuration: Sendable {
        /// Threads that serve connections.
        package var threads: Int = 1

        /// The most threads that run the handlers of ``Route/Execution/worker``; each is started when it is first needed.
        package var workers: Int = 4

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

    /// How long to wait for produced bodies, when the daemon stops.
    private static let bodyPatience = Duration.milliseconds(500)

    let core: DaemonCore
    private(set) var loops: [HTTPLoop] = []

    /// Starts to serve `socket`.
    ///
    /// - Parameters:
    ///   - gate: decides which connections are let in, for all daemons that share it.
    ///   - budget: how much memory bodies may take, for all daemons that share it.
    ///   - statistics: counts requests, for all daemons that share it.
    ///   - admit: throws for a request that may not be served at all.
    ///   - errorResponse: the answer to a request that no handler sees.
    /// - Throws: ``StartError`` when libmicrohttpd cannot start: out of memory, threads or descriptors.
    package init(
        on socket: ListenSocket, configuration: Configuration = Configuration(), router: Router,
        gate: ConnectionGate = ConnectionGate(), budget: BodyBudget = BodyBudget(),
        statistics: HTTPStatistics = HTTPStatistics(), admit: @escaping HTTPAdmission = { _, _ in },
        errorResponse: @escaping @Sendable (HTTPError) -> HTTPResponse
    ) throws(StartError) {
        core = DaemonCore(
            on: socket, configuration: configuration, router: router, gate: gate, budget: budget,
            statistics: statistics,
            admit: admit, errorResponse: errorResponse)
        LibraryAnswers.form.withLock { $0 = .init(configuration: configuration, errorResponse: errorResponse) }
        statistics.listenerBegan()
        for _ in 0..<configuration.threads { loops.append(try HTTPLoop.start(core)) }
    }

    deinit {
        end()
    }

    /// Whether requests that libmicrohttpd refuses by itself are answered in the server's form, and not in HTML.
    package static var answersForLibrary: Bool { LibraryAnswers.isInPlace }

    /// How many descriptors each thread that serves connections has beside theirs: two of epoll, two wakers.
    package static var descriptorsOfThread: Int { 4 }

    /// The port that is served.
    package var port: UInt16 { core.socket.port }

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
        core.identity.withLock { if $0 != nil { $0 = identity } }
    }

    /// Stops to accept, lets the answers in flight finish, and closes all connections.
    ///
    /// It waits until all handlers that were called have answered, and those on workers have returned, so a handler may not
    /// call it. A second call has no effect.
    ///
    /// Producers are told (``HTTPBodyWriter/Event/stopping``), and their bodies waited for no longer than need be: one that
    /// does not end is cut off before the patience is over.
    ///
    /// - Parameter patience: how long to wait for clients that are slow to send or to read.
    package func stop(patience: Duration = .milliseconds(1_500)) {
        guard core.beginStop() else { return }
        core.statistics.listenerEnded()
        for loop in loops { loop.quiesce() }
        let start = ContinuousClock.now
        while true {
            let elapsed = ContinuousClock.now - start
            let waitsForBodies = elapsed < Self.bodyPatience && core.hasBodies
            guard elapsed < patience, waitsForBodies || core.isBusy(at: elapsed) else { break }
            usleep(1_000)
        }
        core.close()
        while core.hasHandlers { usleep(1_000) }
        core.workers.stop()
        core.longWorkers.stop()
        for loop in loops { loop.stop() }
    }

    /// Ends the loops, unless ``stop(patience:)`` has. It waits for no handler: the daemon may have been dropped by one.
    private func end() {
        guard core.beginStop() else { return }
        core.statistics.listenerEnded()
        core.close()
        core.workers.abandon()
        core.longWorkers.abandon()
        for loop in loops { loop.stop() }
    }
}
