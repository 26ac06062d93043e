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
    @OptionGroup var listen: ListenOptions
    @OptionGroup(title: "Security options") var security: SecurityOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions

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

    @Flag(help: "Keeps no history: GET /types, GET /history and GET /telemetry are not answered.")
    var noHistory = false

    @Option(
        name: .customLong("limits"),
        help: ArgumentHelp(
            "File of what is watched, and who is told of alarms; read again on SIGHUP. (environment: PANOPTES_TELEMETRY_LIMITS)",
            valueName: "file"),
        completion: .file())
    var limitsFile: String?

    @Flag(
        name: .customLong("otlp-current"), help: "Spans and log records of OpenTelemetry become current, as metrics do."
    )
    var makesOTLPCurrent = false

    @Option(help: ArgumentHelp("Threads that serve connections.", valueName: "n"))
    var httpThreads: Int = 1

    @OptionGroup var verbosity: VerbosityOptions

    func validate() throws {
        guard (1...64).contains(httpThreads) else { throw ValidationError("--http-threads must be from 1 to 64") }
    }

    func run() throws {
        // A client that disconnects, and a file at its size limit, are errors to handle and must not end the process.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        Allocator.returnFreedMemory()
        let log = ServiceLog(identifier: "telemetry", level: verbosity.level)
        var configuration = serverConfiguration()
        configuration.descriptors = DescriptorLimit.raise()
        configuration.reloadActions.append(
            ReloadAction("verbosity") { [verbosity] in log.minimumLevel = verbosity.level })
        let ending: ServerProcess.Ending
        do {
            ending = try ServerProcess(configuration, clock: simulatedClock() ?? .system, log: log).run()
        } catch let error as Server.StartError {
            fail(error, log)
        } catch {
            ExitStatus.osError.fail("\(error)")
        }
        // `_exit`, because other threads may still run: exit handlers would destroy what they use.
        switch ending {
        case .asked: _exit(0)
        case .syncFailed, .stuck: _exit(ExitStatus.ioError.rawValue)
        }
    }

    private func serverConfiguration() -> ServerConfiguration {
        var store = StoreConfiguration(siteDirectory: SiteDirectory.resolve(siteDir))
        store.runRoots = runRoot.map(AbsolutePath.make)
        store.siteTypes = siteType
        store.placeCheckInterval = 1_000_000
        store.syncMode = sync ?? Environment.syncMode ?? .always
        var configuration = ServerConfiguration(store: store)
        configuration.listen = listen.configuration(address)
        configuration.httpThreads = httpThreads
        configuration.security = security.configuration(host: address.resolvedHost)
        configuration.metrics.isOpen = security.opensMetrics
        configuration.otlp.makesCurrent = makesOTLPCurrent
        limits.apply(to: &configuration)
        configuration.limits = (limitsFile ?? Environment.limitsFile).map { LimitsSource(AbsolutePath.make($0)) }
        if noHistory { configuration.history = nil }
        return configuration
    }

    /// The simulated clock that `$POCSTIME` asks for; nil if that is unset.
    private func simulatedClock() -> WallClock? {
        Environment.parsed("POCSTIME", as: "a time in UTC such as 2026-05-20 03:04:05, in the years 0001 to 9999") {
            guard let start = Timestamp(rfc3339: $0, assumingUTC: true), Timestamp.writable.contains(start) else {
                return nil
            }
            return WallClock(simulatedFrom: start)
        }
    }

    /// Reports why the server cannot start, to the journal if that is the log, and ends the process.
    private func fail(_ error: Server.StartError, _ log: ServiceLog) -> Never {
        let (status, text) = error.explanation
        guard log.isJournal else { status.fail(text) }
        log.logger(label: "telemetry").critical("\(text)")
        Glibc.exit(status.rawValue)
    }
}

extension SyncMode: ExpressibleByArgument {}

extension Environment {
    static var syncMode: SyncMode? {
        parsed("PANOPTES_TELEMETRY_SYNC", as: "one of always, interval, never") { SyncMode(rawValue: $0) }
    }
}

extension Environment {
    fileprivate static var limitsFile: String? { parsed("PANOPTES_TELEMETRY_LIMITS", as: "the path of a file") { $0 } }
}
