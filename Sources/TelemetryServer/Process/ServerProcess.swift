internal import Glibc
internal import Logging
internal import MicroHTTPD
package import Systemd
internal import TelemetryIndex
internal import TelemetryModel
package import TelemetryStore

/// The life of a server process: start, signals, notifications of the service manager, stop.
///
/// The server starts and works in threads of its own. The main thread only waits for signals, so it obeys them however long
/// a recovery takes.
package final class ServerProcess: @unchecked Sendable {  // Other threads reach it by way of the loop only.
    /// Why the process ends.
    package enum Ending: Sendable {
        /// A signal or a client asked for it.
        case asked

        /// A sync failed: the last events may be lost, and nothing can be recorded any more.
        case syncFailed

        /// A part of the server did not respond when it was told to stop.
        case stuck
    }

    private static let tick = Duration.seconds(1)

    /// The extension of the start timeout that a running recovery asks the service manager for, again and again.
    private static let moreTime = Duration.seconds(30)

    /// The interval of the heartbeat, unless the watchdog needs a shorter one.
    private static let heartbeatInterval = Duration.seconds(2)

    /// How long a part may be silent before it counts as late, when there is no watchdog.
    private static let lateAfter = Duration.seconds(30)

    /// How long a stop waits for a part of the server.
    private static let stopPatience = Duration.seconds(10)

    private let configuration: ServerConfiguration
    private let clock: WallClock
    private let log: ServiceLog
    private let logger: Logger
    private let loop: EventLoop
    private let notifier = ServiceNotifier()
    private let progress = RecoveryProgress()
    private let watchdogInterval: Duration?

    private var startFailure: Server.StartError?
    private var server: Server?
    private var heartbeat: Heartbeat?
    private var isReady = false
    private var hasSyncFailed = false
    private var status = RecordingStatus()
    private var lastStatus = ""
    private var lastBytesRead: Int64 = 0

    /// The part that was reported as late; nil when all respond.
    private var latePart: String?

    /// Create it before any other thread starts.
    ///
    /// - Throws: ``SystemdError`` when the main loop cannot be made.
    package init(_ configuration: ServerConfiguration, clock: WallClock, log: ServiceLog) throws(SystemdError) {
        self.configuration = configuration
        self.clock = clock
        self.log = log
        logger = log.logger(label: "telemetry")
        watchdogInterval = notifier.watchdogInterval
        loop = try EventLoop()
    }

    /// Runs the server until a signal or a client ends it.
    ///
    /// Threads may still be working when this returns, so leave the process with `_exit(2)`.
    ///
    /// - Throws: ``Server/StartError`` when it cannot start, ``SystemdError`` when the main loop fails.
    package func run() throws -> Ending {
        try loop.onSignals([SIGTERM, SIGINT]) { [unowned self] _ in loop.exit(0) }
        try loop.onSignals([SIGHUP]) { [unowned self] _ in reload() }
        try loop.every(Self.tick) { [unowned self] in tick() }
        let sockets: [ListenSocket]
        do throws(SocketError) {
            sockets = try configuration.listen.bind()
        } catch {
            throw Server.StartError.socket(error)
        }
        tell { try $0.status("Starting") }
        start(on: sockets)
        _ = try loop.run()
        tell { try $0.stopping() }
        defer { log.writeRepeated(isEnding: true) }
        guard let server else {
            for socket in sockets { socket.removeFile() }
            if let startFailure { throw startFailure }
            if hasSyncFailed { return .syncFailed }
            // Nothing to undo: recovery leaves no state that a crash could not leave as well.
            logger.report(.info, .stopped, "Stopped before the recovery was done")
            return .asked
        }
        return stop(server)
    }

    private func start(on sockets: [ListenSocket]) {
        BackgroundThread.start { [self] in
            do throws(Server.StartError) {
                let server = try Server(
                    configuration, on: sockets, clock: clock, logger: logger, progress: progress,
                    requestShutdown: { [logger, loop] in
                        logger.notice("A client asked the server to stop")
                        loop.exit(0)
                    },
                    onSyncFailure: { [self] error in
                        logger.report(
                            .critical, .syncFailed, "Nothing can be recorded any more: \(error)",
                            metadata: error.metadata)
                        loop.perform { self.hasSyncFailed = true }
                        loop.exit(0)
                    })
                loop.perform { self.serve(server) }
            } catch {
                loop.perform { self.startFailure = error }
                loop.exit(0)
            }
        }
    }

    private func serve(_ server: Server) {
        self.server = server
        let interval = min(Self.heartbeatInterval, (watchdogInterval ?? Self.lateAfter) / 4)
        let heartbeat = Heartbeat(of: server, every: interval) { [self] recording in
            loop.perform { self.beat(recording) }
        }
        self.heartbeat = heartbeat
        heartbeat.start()
    }

    /// Called after each beat: the server works.
    private func beat(_ recording: RecordingState) {
        guard let server else { return }
        let text = status.text(for: recording, history: server.history?.state, alarms: server.alarms?.notice, at: .now)
        if !isReady {
            isReady = true
            logger.report(
                .info, .started, "Recording into \(configuration.store.siteDirectory)",
                metadata: ["version": .string(telemetryVersion)])
            logger.info("Listening on \(server.urls.joined(separator: " "))")
            tell { try $0.ready(status: text) }
            lastStatus = text
            LoadedCode.unmap()
        }
        if let part = latePart {
            logger.notice("Answers again: \(part)")
            latePart = nil
        }
        if watchdogInterval != nil { tell { try $0.keepAlive() } }
        say(text)
    }

    private func tick() {
        log.writeRepeated()
        if let heartbeat {
            let silence = heartbeat.silence
            let limit = watchdogInterval.map { $0 / 2 } ?? Self.lateAfter
            if latePart == nil, silence.time > limit { report(silence.part, lateBy: silence.time) }
        } else if progress.bytesRead > lastBytesRead {
            // A recovery that makes no progress gets no more time.
            lastBytesRead = progress.bytesRead
            let expected = ByteCount(max(progress.bytesExpected, lastBytesRead))
            let text = "Recovering: \(ByteCount(lastBytesRead)) of \(expected) read"
            tell { try $0.extendTimeout(by: Self.moreTime, status: text) }
        }
    }

    private func report(_ part: String, lateBy time: Duration) {
        latePart = part
        let end =
            watchdogInterval.map { "; the service manager ends the server after \($0.components.seconds) s" } ?? ""
        logger.report(
            .error, .watchdogLate, "No answer from \(part) for \(time.components.seconds) s\(end)",
            metadata: ["part": .string(part)])
        say("Cannot record: no answer from \(part)")
    }

    private func reload() {
        if isReady { tell { try $0.reloading() } }
        for action in configuration.reloadActions + (server?.reloadActions ?? []) {
            do {
                try action.perform()
                logger.notice("Read again: \(action.name)")
            } catch {
                logger.error("Cannot read again: \(action.name): \(error). It stays as it was")
            }
        }
        if isReady { tell { try $0.ready(status: lastStatus) } }
    }

    private func stop(_ server: Server) -> Ending {
        if let heartbeat, !heartbeat.stop(within: Self.stopPatience) {
            logger.report(
                .critical, .stopped, "Stopped without an answer from \(heartbeat.silence.part)",
                metadata: ["part": .string(heartbeat.silence.part)])
            return .stuck
        }
        let failure = server.stop()
        logger.report(.info, .stopped, "Stopped")
        return failure != nil || hasSyncFailed ? .syncFailed : .asked
    }

    /// Reports the status when it has changed.
    private func say(_ text: String) {
        if text == lastStatus { return }
        lastStatus = text
        tell { try $0.status(text) }
    }

    /// Notifies the service manager. A failure is no reason to stop working.
    private func tell(_ body: (ServiceNotifier) throws -> Void) {
        do {
            try body(notifier)
        } catch {
            logger.report(.warning, nil, "Cannot tell the service manager: \(error)", repeats: "notify")
        }
    }
}
