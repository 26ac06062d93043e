internal import ArgumentParser
internal import Glibc
internal import Logging
internal import Systemd
internal import TelemetryClient
internal import TelemetryCollection
internal import TelemetryModel

struct CollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Records how this machine does: load, memory, disks, network, temperatures.",
        discussion: """
            Each sample is one event of the type host.NAME, in the site stream also during a run. The first one is taken \
            at once, that is after the second over which its rates are measured, and then one at each interval. Samples \
            that no server takes are kept for an hour and recorded, with their own times, when one does. It stops on \
            SIGTERM and SIGINT (Ctrl-C).

              telemetry collect --interval 10
              telemetry collect --print

            The package runs it as telemetry-collect.service.
            """
    )

    @Option(help: ArgumentHelp("Time between two samples, from 0.1 to 3600 seconds.", valueName: "seconds"))
    var interval: Double = 60

    @Option(help: ArgumentHelp("What to call this machine. (default: its host name)", valueName: "host"))
    var name: String?

    @Flag(help: "Record one sample, and end.")
    var once = false

    @Flag(name: .customLong("print"), help: "Print one sample, and record nothing.")
    var isPrinted = false

    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard (0.1...3_600).contains(interval) else {
            throw ValidationError("--interval must be from 0.1 to 3600 seconds")
        }
        let limit = EventRequest.maximumTypeLength - HostName.typePrefix.utf8.count
        if let name {
            let hasControl = name.unicodeScalars.contains { $0.properties.generalCategory == .control }
            guard !name.isEmpty, name.utf8.count <= limit, !hasControl else {
                throw ValidationError("--name must have 1 to \(limit) bytes and no control characters")
            }
        }
        guard !options.json || once || isPrinted else {
            throw ValidationError("--json goes with --once or --print; otherwise nothing is printed")
        }
        guard !once || !isPrinted else { throw ValidationError("Give --once or --print, not both") }
    }

    func run() throws {
        if isPrinted { return printSample() }
        if once { return recordOnce() }
        // A file at its size limit, or a log that nobody reads, is no reason to end.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        let log = ServiceLog(identifier: "telemetry-collect", level: .info)
        let collector = HostCollector(
            type: type, interval: .seconds(interval), client: options.client,
            log: log.logger(label: "telemetry-collect"))
        collector.run(log)
        // `_exit`, because other threads may still run: exit handlers would destroy what they use.
        _exit(0)
    }

    private func printSample() {
        let data = oneSample().data
        if Output.isTerminal, !options.json {
            for line in PrettyJSON(data, maximumLines: .max).lines {
                Output.print(line.rendered(inColour: Output.hasColours))
            }
        } else {
            Output.print(data)
        }
    }

    private func recordOnce() {
        let sample = oneSample()
        let event = options.answer { [type] client async throws(TelemetryClientError) in
            try await client.postEvent(type, sample.data, ts: sample.time.description, stream: .site)
        }
        if options.json {
            Output.print(JSONText(validated: event.json))
        } else {
            Output.print("\(event.type): seq \(event.seq), \(event.ts)".terminalSafe)
        }
    }

    private func oneSample() -> HostSample {
        let (client, interval) = (options.client, Duration.seconds(interval))
        let result = Waiting.result { () async throws(CancellationError) -> HostSample in
            var sampler = HostSampler(client)
            return try await sampler.first(of: interval)
        }
        // Nobody cancels it.
        guard case .success(let sample) = result else { fatalError("the task was cancelled") }
        return sample
    }

    private var type: String {
        guard let name = name ?? HostName.ofMachine else {
            ExitStatus.usage.fail("this machine has no host name; give one with --name")
        }
        return HostName.typePrefix + name
    }
}

/// The name of a machine, and what its samples are called.
private enum HostName {
    static let typePrefix = "host."

    /// The name that this machine has; nil when it has none.
    static var ofMachine: String? {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }
}
