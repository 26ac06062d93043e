internal import Dispatch
internal import Glibc
internal import Logging
internal import Systemd
internal import TelemetryClient

/// Takes samples at an interval and has them recorded, until a signal ends it.
///
/// One task takes samples and another one sends them, so that a server that hangs delays none. The main thread waits for
/// signals.
struct HostCollector {
    /// How soon a server that was away is asked again, when the next sample is further off.
    private static let retryTime = Duration.seconds(10)

    /// How long the last samples may take to be sent, at the end.
    private static let stopPatience = DispatchTimeInterval.seconds(3)

    private static let tick = Duration.seconds(5)

    private let interval: Duration
    private let client: TelemetryClient
    private let logger: Logger
    private let sender: SampleSender
    private let type: String
    private let notifier = ServiceNotifier()

    init(type: String, interval: Duration, client: TelemetryClient, log: Logger) {
        self.type = type
        self.interval = interval
        self.client = client
        logger = log
        sender = SampleSender(type: type, client: client, logger: log)
    }

    /// Returns after SIGTERM, SIGINT or SIGHUP. Call it while there is only one thread.
    ///
    /// - Parameter log: what writes the reports of the collector.
    func run(_ log: ServiceLog) {
        var signals = SignalQueue([SIGTERM, SIGINT, SIGHUP])
        logger.notice("Recording \(type) at \(client.address) each \(interval)")
        try? notifier.ready(status: "Recording \(type)")
        let isSent = DispatchSemaphore(value: 0)
        let sampling = Task { await takeSamples() }
        Task {
            await sender.run()
            isSent.signal()
        }
        while signals.next(within: Self.tick) == nil { log.writeRepeated() }
        try? notifier.stopping()
        sampling.cancel()
        sender.finish()
        _ = isSent.wait(timeout: .now() + Self.stopPatience)
        let lost = sender.waiting
        if lost > 0 { logger.warning("\(lost) sample\(lost == 1 ? "" : "s") not recorded: no server took them") }
        logger.notice("Stopped")
        log.writeRepeated(isEnding: true)
    }

    private func takeSamples() async {
        do {
            var sampler = HostSampler(client)
            var sample = try await sampler.first(of: interval)
            var due = ContinuousClock.now + interval
            var failure: TelemetryClientError?
            while true {
                sender.add(sample)
                // Of a server that is away the sender tells.
                if case .refused = sampler.failure, sampler.failure != failure, let refusal = sampler.failure {
                    logger.notice("Samples are without the server's own numbers. \(refusal)")
                }
                failure = sampler.failure
                try await wait(until: due)
                sample = await sampler.next()
                // After a standstill there is one sample, not one for each interval that was missed.
                due = max(due + interval, .now)
            }
        } catch {
            // It was cancelled.
        }
    }

    private func wait(until due: ContinuousClock.Instant) async throws {
        while due > .now {
            try await Task.sleep(until: min(due, .now + Self.retryTime), tolerance: .zero, clock: .continuous)
            if sender.waiting > 0, due > .now { sender.retry() }
        }
    }
}
