internal import Logging
internal import SimdJSON
internal import Synchronization
internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryStore

/// Makes `GET /metrics/values`: the numbers and booleans of the current view as metrics, those that are young enough.
///
/// A sample has no time of its own: Prometheus would go on showing the last value of what is silent. The time of each type's
/// latest event is a metric instead, which always stays, so that silence can be told.
final class ValueMetrics: Sendable {
    /// How many values there may be, and of how many types the time is told.
    static let limit = 5_000

    private let configuration: MetricsConfiguration
    private let logger: Logger
    private let parser = JSONParser(maximumDepth: 1_000)
    private let hasReported = Atomic(false)

    init(_ configuration: MetricsConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// - Parameters:
    ///   - items: the latest event of each type, each type once.
    ///   - mappings: the values that have metrics of their own.
    ///   - now: what the server's clock shows.
    func text(
        of items: [(type: String, item: CurrentView.Item)], _ mappings: ValueMappings, at now: Timestamp,
        _ format: MetricsFormat
    ) -> MetricsText {
        var page = ValuePage(format, configuration, mappings, at: now)
        for (type, item) in items {
            page.add(timeOf: type, item.time)
            page.begin(type, item.time)
            item.json.span.withUnsafeBytes { json in
                _ = parser.withEvent(json, readable: json.count, isLine: false) { event in page.add(event) }
            }
        }
        if page.leftOut > 0, !hasReported.exchange(true, ordering: .relaxed) {
            logger.warning(
                "GET /metrics/values tells \(Self.limit) values, and \(page.leftOut) more are left out: post fewer fields with make_current, or give --metrics-max-age",
                metadata: ["left_out": .stringConvertible(page.leftOut)])
        }
        return page.finished()
    }
}

/// The text of `GET /metrics/values` while it is written.
private struct ValuePage {
    private let configuration: MetricsConfiguration
    private let allMappings: ValueMappings
    private let now: Timestamp
    private let fresh: Freshness?
    private let format: MetricsFormat

    /// The samples of each metric, which have to stand together.
    private var values: MetricsText
    private var times: MetricsText
    private var mapped: [MetricsText]

    private var count = 0
    private var timeCount = 0

    /// How many values and times there was no room for.
    private(set) var leftOut = 0

    // Of the event that is being added.
    private var type = ""
    private var time = Timestamp(milliseconds: 0)
    private var mappings: ((ArraySlice<UInt8>) -> (mapping: ValueMapping, family: Int)?)?

    init(
        _ format: MetricsFormat, _ configuration: MetricsConfiguration, _ mappings: ValueMappings, at now: Timestamp
    ) {
        self.format = format
        self.configuration = configuration
        allMappings = mappings
        self.now = now
        fresh = Self.freshness(configuration.maximumAge, now)
        values = MetricsText(format)
        values.begin(
            "telemetry_value", .gauge,
            "The latest value of a field, of the latest event of its type; of a boolean 1 or 0.")
        times = MetricsText(format)
        times.begin(
            "telemetry_value_timestamp_seconds", .gauge, unit: .seconds, "When the latest event of a type happened.")
        mapped = mappings.families.map { family in
            var text = MetricsText(format)
            text.begin(family.name, .gauge, unitName: family.unit, family.help)
            return text
        }
    }

    private static func freshness(_ maximumAge: Double, _ now: Timestamp) -> Freshness? {
        maximumAge == 0 ? nil : Freshness(maximumAge: maximumAge, at: now)
    }

    mutating func add(timeOf type: String, _ time: Timestamp) {
        guard timeCount < ValueMetrics.limit else { return leftOut += 1 }
        timeCount += 1
        times.sample(milliseconds: time.milliseconds, [("type", type)])
    }

    mutating func begin(_ type: String, _ time: Timestamp) {
        (self.type, self.time) = (type, time)
        mappings = allMappings.fields(ofType: type)
    }

    mutating func add(_ event: ParsedEvent) {
        let isFresh = fresh?.includes(time) ?? true
        if !isFresh, mappings == nil { return }
        // A name may stand twice in an object, and two ways may lead to one path: the last one counts. Paths are told apart by
        // their hashes; somebody who makes two with one hash loses a value of his own.
        var last: [UInt64: Int] = [:]
        last.reserveCapacity(event.leafCount)
        for index in 0..<event.leafCount { last[event.leaf(index).pathHash] = index }
        let stem = values.stem([("type", type)], before: "field")
        for index in 0..<event.leafCount {
            let leaf = event.leaf(index)
            guard leaf.kind == .number || leaf.kind == .boolean, last[leaf.pathHash] == index else { continue }
            add(leaf, stem, isFresh)
        }
    }

    private mutating func add(_ leaf: JSONLeaf, _ stem: [UInt8], _ isFresh: Bool) {
        let mapping = mappings.flatMap { $0(Array(leaf.path)[...]) }
        let isWanted = mapping?.mapping.maximumAge.map { Self.freshness($0, now)?.includes(time) ?? true } ?? isFresh
        guard isWanted else { return }
        guard count < ValueMetrics.limit else { return leftOut += 1 }
        count += 1
        if let (mapping, family) = mapping {
            mapped[family].sample(leaf.number, mapping.labels.map { ($0.name, $0.value) })
        } else {
            values.sample(leaf.number, stem, leaf.path)
        }
    }

    consuming func finished() -> MetricsText {
        var page = values
        for text in mapped { page.append(text) }
        page.append(times)
        page.gauge("telemetry_values_left_out", "Values and types that there was no room for.", leftOut)
        return page
    }
}
