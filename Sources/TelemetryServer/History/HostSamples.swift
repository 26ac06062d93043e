internal import TelemetryIndex
internal import TelemetryModel

/// The history of a host as the reference's history store answers it: one row for each time, all fields in it.
struct HostSamples {
    /// The fields that the reference has, in its order. They come first.
    private static let referenceFields = ["requests_sec", "p99_ms", "error_rate", "active_backends"]

    /// One field of all rows.
    private struct Column {
        /// The members of a row, each with its comma: the mean, and where no other field has the name, least, greatest, number.
        let mean: [UInt8]
        let minimum: [UInt8]?
        let maximum: [UInt8]?
        let count: [UInt8]?
        let buckets: [HistoryBucket]

        func append(_ bucket: HistoryBucket, to body: inout [UInt8]) {
            for (member, value) in [(mean, bucket.mean), (minimum, bucket.minimum), (maximum, bucket.maximum)] {
                guard let member else { continue }
                body.append(contentsOf: member)
                body.append(number: value)
            }
            guard let count else { return }
            body.append(contentsOf: count)
            body.append(decimal: bucket.count)
        }
    }

    private let columns: [Column]

    /// - Parameters:
    ///   - answer: nil for a host that is not known.
    ///   - resolution: the time that a row stands for, in milliseconds; a multiple of the answer's step.
    init(_ answer: HistoryAnswer?, resolution: Int64) {
        let series = answer?.series ?? []
        let names = Set(["ts"] + series.map(\.field))
        func member(_ name: String) -> [UInt8]? { names.contains(name) ? nil : Self.member(name) }
        func rank(_ series: HistorySeries) -> Int {
            Self.referenceFields.firstIndex(of: series.field) ?? Self.referenceFields.count
        }
        let ranks = (0...Self.referenceFields.count).flatMap { place in series.filter { rank($0) == place } }
        // A field of this name would hide when the sample was taken.
        columns = ranks.filter { $0.field != "ts" }.map { series in
            Column(
                mean: Self.member(series.field), minimum: member("\(series.field)_min"),
                maximum: member("\(series.field)_max"), count: member("\(series.field)_n"),
                buckets: Self.merge(series.buckets, resolution))
        }
    }

    /// Buckets of the resolution, from such as are no longer, or from single samples.
    private static func merge(_ buckets: [HistoryBucket], _ resolution: Int64) -> [HistoryBucket] {
        var merged: [HistoryBucket] = []
        for bucket in buckets {
            let time = bucket.time.divided(by: resolution).quotient * resolution
            if let last = merged.indices.last, merged[last].time == time {
                merged[last].count += bucket.count
                merged[last].minimum = min(merged[last].minimum, bucket.minimum)
                merged[last].maximum = max(merged[last].maximum, bucket.maximum)
                merged[last].sum += bucket.sum
                merged[last].last = bucket.last
            } else {
                var first = bucket
                first.time = time
                merged.append(first)
            }
        }
        return merged
    }

    private static func member(_ name: String) -> [UInt8] {
        var member = [UInt8(ascii: ",")]
        member.append(jsonString: name)
        member.append(UInt8(ascii: ":"))
        return member
    }

    /// `ts` is when a row begins, in seconds since 1970. A field that has nothing there is left out of it.
    func json(host: String, label: String) -> [UInt8] {
        var body: [UInt8] = []
        body.append(ascii: "{\"host\":")
        body.append(jsonString: host)
        body.append(ascii: ",\"range\":")
        body.append(jsonString: label)
        body.append(ascii: ",\"samples\":[")
        var rests = columns.map { $0.buckets[...] }
        while let time = rests.lazy.compactMap(\.first?.time).min() {
            body.append(ascii: body.last == UInt8(ascii: "[") ? "{\"ts\":" : ",{\"ts\":")
            body.append(integer: time.divided(by: 1_000).quotient)
            for (index, column) in columns.enumerated() where rests[index].first?.time == time {
                guard let bucket = rests[index].popFirst() else { continue }
                column.append(bucket, to: &body)
            }
            body.append(UInt8(ascii: "}"))
        }
        body.append(ascii: "]}")
        return body
    }
}
