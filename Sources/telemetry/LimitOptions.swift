internal import ArgumentParser
internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryServer
internal import TelemetryStore

/// Limits for clients. Sizes are bytes, or have a unit: 64KiB, 1MiB.
struct LimitOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Longest body of a request.", valueName: "size"))
    var maxBody = ByteSize(1 << 20)

    @Option(help: ArgumentHelp("Longest body of POST /events.", valueName: "size"))
    var maxBatch = ByteSize(16 << 20)

    @Option(
        help: ArgumentHelp("Bodies of all requests in flight together; at least the longest body.", valueName: "size"))
    var maxInflight = ByteSize(256 << 20)

    @Option(help: ArgumentHelp("Longest request line and headers together.", valueName: "size"))
    var maxHeader = ByteSize(32 << 10)

    @Option(help: ArgumentHelp("Connections in all.", valueName: "n"))
    var maxConnections = 512

    @Option(help: ArgumentHelp("Connections from one address beyond this machine.", valueName: "n"))
    var maxConnectionsPerAddress = 64

    @Option(help: ArgumentHelp("Clients that follow events, beside the connections.", valueName: "n"))
    var maxFollowers = 128

    @Option(help: ArgumentHelp("Clients that follow events from one address beyond this machine.", valueName: "n"))
    var maxFollowersPerAddress = 16

    @Option(help: ArgumentHelp("How long a connection may be silent, in seconds.", valueName: "s"))
    var idleTimeout = 30

    @Option(help: ArgumentHelp("How long a request may take to arrive, in seconds.", valueName: "s"))
    var requestTimeout = 30

    @Option(help: ArgumentHelp("How deep objects and arrays may be nested.", valueName: "n"))
    var maxJsonDepth = 64

    @Option(help: ArgumentHelp("Longest meta of an event or a run.", valueName: "size"))
    var maxMeta = ByteSize(64 << 10)

    @Option(help: ArgumentHelp("Event types in the current view.", valueName: "n"))
    var maxTypes = 4_096

    @Option(help: ArgumentHelp("Size of the current view.", valueName: "size"))
    var maxCurrent = ByteSize(64 << 20)

    @Option(help: ArgumentHelp("Fields that have a history.", valueName: "n"))
    var maxSeries = 16_384

    @Option(
        help: ArgumentHelp(
            "How old a value may be in GET /metrics/values, in seconds; 0 for any age.", valueName: "s"))
    var metricsMaxAge = 300

    func validate() throws {
        let sizes: [(name: String, value: Int, range: ClosedRange<Int>)] = [
            ("--max-body", maxBody.bytes, 1_024...(1 << 30)),
            ("--max-batch", maxBatch.bytes, 1_024...(1 << 30)),
            ("--max-inflight", maxInflight.bytes, 1_024...(1 << 36)),
            ("--max-header", maxHeader.bytes, 1_024...(1 << 20)),
            ("--max-connections", maxConnections, 1...100_000),
            ("--max-connections-per-address", maxConnectionsPerAddress, 1...100_000),
            ("--max-followers", maxFollowers, 0...100_000),
            ("--max-followers-per-address", maxFollowersPerAddress, 0...100_000),
            ("--idle-timeout", idleTimeout, 1...86_400),
            ("--request-timeout", requestTimeout, 1...86_400),
            ("--max-json-depth", maxJsonDepth, 1...512),
            ("--max-meta", maxMeta.bytes, 1_024...(1 << 30)),
            ("--max-types", maxTypes, 1...1_000_000),
            ("--max-current", maxCurrent.bytes, 1_024...(1 << 34)),
            ("--max-series", maxSeries, 1...262_144),
            ("--metrics-max-age", metricsMaxAge, 0...315_360_000),
        ]
        for size in sizes where !size.range.contains(size.value) {
            throw ValidationError("\(size.name) must be from \(size.range.lowerBound) to \(size.range.upperBound)")
        }
        // A longer body could never be taken, however idle the server is.
        for (name, size) in [("--max-body", maxBody), ("--max-batch", maxBatch)] where maxInflight.bytes < size.bytes {
            throw ValidationError(
                "--max-inflight (\(maxInflight)) must be at least \(name) (\(size)): one body has to fit into it")
        }
    }

    func apply(to configuration: inout ServerConfiguration) {
        configuration.maximumBodyLength = maxBody.bytes
        configuration.maximumBatchLength = maxBatch.bytes
        configuration.maximumBytesInFlight = maxInflight.bytes
        configuration.otlp.maximumBodyLength = min(configuration.otlp.maximumBodyLength, maxInflight.bytes)
        configuration.maximumHeaderLength = maxHeader.bytes
        configuration.connections.total = maxConnections
        configuration.connections.perAddress = maxConnectionsPerAddress
        configuration.followers.total = maxFollowers
        configuration.followers.perAddress = maxFollowersPerAddress
        configuration.connections.idleTime = idleTimeout
        configuration.connections.requestTime = requestTimeout
        configuration.requests.jsonDepth = maxJsonDepth
        configuration.requests.metaLength = maxMeta.bytes
        configuration.store.current.types = maxTypes
        configuration.store.current.length = maxCurrent.bytes
        configuration.history?.maximumSeries = maxSeries
        configuration.metrics.maximumAge = Double(metricsMaxAge)
    }
}
