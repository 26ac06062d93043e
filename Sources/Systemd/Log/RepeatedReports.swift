/// Holds back what is reported again and again: of reports with one key the first is written at once, and after that one a
/// minute, with a count.
///
/// It holds a bounded number of keys: clients choose some of them.
struct RepeatedReports {
    private struct Series {
        /// When the last one of them was written.
        var since: ContinuousClock.Instant
        var latest: LogRecord
        var latestAt: ContinuousClock.Instant

        /// How many were held back.
        var count = 0
    }

    static let interval = Duration.seconds(60)
    static let maximumSeries = 256

    private var series: [String: Series] = [:]

    /// Whether a report may be written now.
    mutating func admits(_ record: LogRecord, at now: ContinuousClock.Instant) -> Bool {
        guard var key = record.value(LogRecord.Key.repeats) else { return true }
        // When there are too many, all others from the same statement count as one.
        if series[key] == nil, series.count >= Self.maximumSeries { key = "\(record.file):\(record.line)" }
        guard var known = series[key] else {
            series[key] = Series(since: now, latest: record, latestAt: now)
            return true
        }
        known.latest = record
        known.latestAt = now
        known.count += 1
        series[key] = known
        return false
    }

    /// The reports whose minute is over, in the order in which they came last, with how often they did.
    ///
    /// - Parameter isEnding: whether to take those whose minute is not over as well.
    mutating func due(at now: ContinuousClock.Instant, isEnding: Bool = false) -> [LogRecord] {
        if series.isEmpty { return [] }
        let over = series.filter { isEnding || now - $0.value.since >= Self.interval }
        for (key, known) in over {
            series[key] = known.count == 0 ? nil : Series(since: now, latest: known.latest, latestAt: known.latestAt)
        }
        return over.values.filter { $0.count > 0 }.sorted { $0.latestAt < $1.latestAt }.map { known in
            var record = known.latest
            let times = known.count == 1 ? "once more" : "\(known.count.grouped) times"
            record.message += " (repeated \(times) in the last minute)"
            return record
        }
    }
}
