/// Rate-limits log records that repeat each other: those whose metadata have the same `repeats` key.
///
/// The first record of a key is written at once and starts a series. Further records within a minute are only counted.
/// After the minute, the latest of them is written with the count, and the next minute starts; a minute without any
/// ends the series, so that the next record is written at once again.
///
/// Clients choose some of the keys. When there are ``maximumSeries``, further keys from the same log statement share
/// one series. A series holds one record, of which each value is cut at ``LogRecord/limit``: with 256 of them some 5 MB
/// at worst, which are freed within two minutes of the last repeat.
struct RepeatedReports {
    private struct Series {
        /// When a record of this key was last written.
        var since: ContinuousClock.Instant
        var latest: LogRecord
        var latestAt: ContinuousClock.Instant

        /// How many records have been held back since then.
        var count = 0
    }

    static let interval = Duration.seconds(60)
    static let maximumSeries = 256

    private var series: [String: Series] = [:]

    /// Whether to write a record now. If not, it is counted, and ``due(at:isEnding:)`` returns the latest.
    mutating func admits(_ record: LogRecord, at now: ContinuousClock.Instant) -> Bool {
        guard var key = record.value(LogRecord.Key.repeats) else { return true }
        // Too many keys: those of one log statement share a series.
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

    /// The latest record of each series whose minute is over, with the count in its message, ordered by their times.
    ///
    /// - Parameter isEnding: whether to include series whose minute is not over yet.
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
