internal import TelemetryClient
internal import TelemetryModel

/// The layout of histories as plain text: a line for each bucket, and one for each state.
struct HistoryTable {
    let lines: [String]

    init(_ content: HistoryContent) {
        var tables: [[String]] = []
        if content.history != nil {
            var rows = [["TIME", "FIELD", "N", "MIN", "MEAN", "MAX", "LAST"]]
            for series in content.series {
                rows += series.buckets.map { bucket in
                    let numbers = [bucket.minimum, bucket.mean, bucket.maximum, bucket.last]
                    return ["\(bucket.time)", series.field, "\(bucket.count)"] + numbers.map(\.short)
                }
            }
            tables.append(TextTable(rows).lines)
        }
        if !content.states.isEmpty {
            var rows = [["FROM", "TO", "FIELD", "STATE"]]
            for states in content.states {
                rows += states.states.map {
                    ["\($0.times.lowerBound)", "\($0.times.upperBound)", states.field, $0.value.description]
                }
            }
            tables.append(TextTable(rows).lines)
        }
        lines = Array(tables.joined(separator: [""]))
    }
}
