internal import ArgumentParser
internal import Glibc
internal import Logging
internal import MicroHTTPD
internal import Systemd
internal import TelemetryModel
internal import TelemetryServer
internal import TelemetryStore

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a server.",
        discussion: """
            It records the events that programs post, one JSON object a line: in site_YYYYMMDD.ndjson, a file for each day \
            from local noon to noon, or during a run in the run's own telemetry.ndjson. It stops on SIGTERM, on SIGINT \
            (Ctrl-C) and when 'telemetry stop' asks it to.

              telemetry run --site-dir /data/telemetry --site-type weather
            """
    )

    @OptionGroup var address: AddressOptions

    @Option(
        help: ArgumentHelp(
            "Directory to record into; made if it is missing. (environment: PANOPTES_TELEMETRY_SITE_DIR; default: telemetry)",
            valueName: "dir"),
        completion: .directory)
    var siteDir: String?

    @Option(
        help: ArgumentHelp("Directory below which runs may lie as well; may be repeated.", valueName: "dir"),
        completion: .directory)
    var runRoot: [String] = []

    @Option(
        help: ArgumentHelp("Event type that stays in the site stream during a run; may be repeated.", valueName: "type")
    )
    var siteType: [String] = []

    @Option(
        help: ArgumentHelp(
            "When events are put on disk. (environment: PANOPTES_TELEMETRY_SYNC; default: always)",
            discussion: """
                always: before an event is acknowledged; interval: once a second; never: when the kernel thinks fit.
                """))
    var sync: SyncMode?

    @Option(
        help: ArgumentHelp(
            "Host name that clients may use beside localhost, IP addresses and this machine's name; may be repeated.",
            valueName: "name"))
    var allowedHost: [String] = []

    @Option(
        help: ArgumentHelp(
            "Origin whose web pages may make requests, such as http://dashboard.example; may be repeated.",
            valueName: "origin"))
    var allowedOrigin: [String] = []

    @Option(help: ArgumentHelp("Threads that serve connections.", valueName: "n"))
    var httpThreads: Int = 1

    @Flag(help: "Log one line for each event.")
    var verbose = false

    func validate() throws {
        guard (1...64).contains(httpThreads) else { throw ValidationError("--http-threads must be from 1 to 64") }
    }

    func run() throws {
        // A client that goes away, and a file at its size limit, are errors to handle and not reasons to end.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        let logger = makeLogger()
        let configuration = serverConfiguration()
        let clock = simulatedClock() ?? .system
        do {
            // Before any thread starts: the signals must be blocked in all of them.
            let loop = try EventLoop()
            try loop.onSignals([SIGTERM, SIGINT]) { _ in loop.exit(0) }
            let server = try Server(
                configuration, clock: clock, logger: logger,
                requestShutdown: {
                    logger.notice("A client asked the server to stop")
                    loop.exit(0)
                },
                onSyncFailure: { error in
                    logger.critical("Nothing can be recorded any more: \(error)")
                    loop.exit(ExitStatus.ioError.rawValue)
                })
            logger.info("Recording into \(configuration.store.siteDirectory)")
            logger.info("Listening on \(server.urls.joined(separator: " "))")
            let notifier = ServiceNotifier()
            try notifier.ready(status: "Recording into \(configuration.store.siteDirectory)")
            let status = try loop.run()
            try? notifier.stopping()
            let failure = server.stop()
            logger.info("Stopped")
            throw ExitCode(failure == nil ? status : ExitStatus.ioError.rawValue)
        } catch let code as ExitCode {
            throw code
        } catch let error as Server.StartError {
            fail(error, configuration)
        } catch {
            ExitStatus.osError.fail("\(error)")
        }
    }

    private func makeLogger() -> Logger {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "telemetry")
        logger.logLevel = verbose ? .debug : .info
        return logger
    }

    private func serverConfiguration() -> ServerConfiguration {
        var store = StoreConfiguration(siteDirectory: SiteDirectory.resolve(siteDir))
        store.runRoots = runRoot.map(AbsolutePath.make)
        store.siteTypes = Set(siteType)
        store.syncMode = sync ?? Environment.syncMode ?? .always
        var configuration = ServerConfiguration(store: store)
        configuration.host = address.resolvedHost
        configuration.port = address.resolvedPort
        configuration.httpThreads = httpThreads
        configuration.allowedHosts = Set(allowedHost + [configuration.host] + Self.machineName)
        configuration.allowedOrigins = Set(allowedOrigin)
        return configuration
    }

    /// The name of this machine, by which others reach it; none when it has none.
    private static var machineName: [String] {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return [] }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? [] : [text]
    }

    /// The clock that `$POCSTIME` asks for; nil when it is unset.
    private func simulatedClock() -> WallClock? {
        Environment.parsed("POCSTIME", as: "a time in UTC such as 2026-05-20 03:04:05") {
            Timestamp(rfc3339: $0, assumingUTC: true).map(WallClock.init(simulatedFrom:))
        }
    }

    private func fail(_ error: Server.StartError, _ configuration: ServerConfiguration) -> Never {
        switch error {
        case .socket(let error) where error.isAddressInUse:
            ExitStatus.unavailable.fail(
                "\(error). Another program listens there: stop it ('telemetry stop' if it is a telemetry server), or take another --port"
            )
        case .socket(let error) where error.isPermissionDenied:
            ExitStatus.noPermission.fail("\(error). Take a --port of 1024 or more")
        case .socket(let error):
            ExitStatus.unavailable.fail("\(error). Check --host")
        case .store(.directoryInUse(let directory, let pid)):
            let owner = pid.map { "the telemetry server with process id \($0)" } ?? "another telemetry server"
            ExitStatus.temporaryFailure.fail("\(directory) is held by \(owner). Stop it, or take another --site-dir")
        case .store(.unusableDirectory(let error)):
            ExitStatus.cannotCreate.fail(
                "\(error). Make the directory writable for this user, or take another --site-dir")
        case .http:
            ExitStatus.osError.fail("libmicrohttpd could not start: out of memory, threads or file descriptors")
        }
    }
}

extension SyncMode: ExpressibleByArgument {}

extension Environment {
    static var syncMode: SyncMode? {
        parsed("PANOPTES_TELEMETRY_SYNC", as: "one of always, interval, never") { SyncMode(rawValue: $0) }
    }
}
