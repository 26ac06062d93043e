internal import TelemetryClient
internal import TelemetryCollection
internal import TelemetryModel

/// How the machine did at a time.
struct HostSample: Sendable {
    let data: JSONText
    let time: Timestamp

    /// The same time on a clock that nobody sets.
    let instant: Duration
}

/// Takes samples, each with the numbers of the server if that is on this machine.
struct HostSampler: Sendable {
    /// The longest time that the rates of the first sample are measured over.
    private static let measure = Duration.seconds(1)

    private static let start = ContinuousClock.now

    private var reader = HostReader()

    /// The server on this machine; nil when it is on another one.
    private let client: TelemetryClient?

    /// Why the server did not tell its numbers the last time; nil when it did.
    private(set) var failure: TelemetryClientError?

    init(_ client: TelemetryClient) {
        self.client = client.isOnThisMachine ? client : nil
        _ = Self.start
    }

    /// The first of the samples that are taken at an interval; returns after a second at most.
    mutating func first(of interval: Duration) async throws(CancellationError) -> HostSample {
        _ = await next()
        do {
            try await Task.sleep(for: min(interval, Self.measure))
        } catch {
            throw CancellationError()
        }
        return await next()
    }

    mutating func next() async -> HostSample {
        let server = await serverReading()
        let instant = ContinuousClock.now - Self.start
        return HostSample(data: reader.sample(at: instant, server: server), time: .now, instant: instant)
    }

    private mutating func serverReading() async -> ServerReading? {
        guard let client else { return nil }
        do throws(TelemetryClientError) {
            let metrics = try await client.metrics()
            failure = nil
            return ServerReading(metrics: metrics)
        } catch {
            failure = error
            return nil
        }
    }
}
