import Logging
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryIndex
@testable import TelemetryStore

/// Random days, whose every bucket is compared with what a plain walk over the events gives.
@Suite("History of random nights")
struct HistoryNightsTests {
    @Test(
        "every bucket is that of the events, however much of it is in memory, in segments or merged", arguments: 1...4)
    func everyBucket(seed: UInt64) throws {
        let site = try GeneratedSite(seed: seed, days: 3, eventsOfADay: 3_000)
        let service = try TelemetryService(StoreConfiguration(siteDirectory: site.directory.path), logger: .silent)
        defer { service.stop() }
        var random = SplitMix64(seed: seed)
        let samples = site.samples
        for buckets in [100_000, 500, 500] {
            let index = HistoryIndex(service.log, RollupLimits(buckets: buckets), .silent)
            try index.update()
            #expect(index.state == .ready)
            try compare(index, samples, &random)
            index.stop()
            // The next one finds what this one has kept.
        }
    }

    private func compare(
        _ index: HistoryIndex, _ all: [GeneratedSite.Series: [GeneratedSite.Sample]], _ random: inout SplitMix64
    ) throws {
        for round in 0..<20 {
            let from = GeneratedSite.start + Int64.random(in: -200_000_000..<300_000_000, using: &random)
            let length = Int64.random(in: 1...[60_000, 3_600_000, 86_400_000, 500_000_000][round % 4], using: &random)
            let type = GeneratedSite.types.randomElement(using: &random) ?? ""
            var query = HistoryQuery(
                type: type, times: Timestamp(milliseconds: from)..<Timestamp(milliseconds: from + length))
            query.points = Int.random(in: 1...2_000, using: &random)
            query.fields = ["a", "b.c", "kind", "missing"]
            let answer = try #require(try index.history(query))
            for series in answer.series {
                let samples = all[GeneratedSite.Series(type: type, path: series.field)] ?? []
                let expected = Self.buckets(samples, query, answer.step)
                #expect(series.buckets == expected, "\(query) \(series.field), step \(answer.step), \(answer.source)")
            }
        }
    }

    /// What the buckets of some samples are.
    private static func buckets(
        _ samples: [GeneratedSite.Sample], _ query: HistoryQuery, _ step: Int64
    ) -> [HistoryBucket] {
        let times = query.times.lowerBound.milliseconds..<query.times.upperBound.milliseconds
        if step == 0 {
            return samples.enumerated().filter { times.contains($0.element.time) }
                .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
                .map { bucket($0.element.time, [$0.element]) }
        }
        let grid = BucketGrid(query.times, step: step)
        var groups: [Int64: [GeneratedSite.Sample]] = [:]
        for sample in samples where grid.times.contains(sample.time) {
            groups[sample.time.floored(to: step), default: []].append(sample)
        }
        return groups.sorted { $0.key < $1.key }.map { bucket($0.key, $0.value) }
    }

    private static func bucket(_ time: Int64, _ samples: [GeneratedSite.Sample]) -> HistoryBucket {
        var (first, last) = (samples[0], samples[0])
        for sample in samples.dropFirst() {
            if sample.time < first.time { first = sample }
            if sample.time >= last.time { last = sample }
        }
        let values = samples.map(\.value)
        return HistoryBucket(
            time: time, count: UInt64(samples.count), minimum: values.min() ?? 0, maximum: values.max() ?? 0,
            sum: values.reduce(0, +), first: first.value, last: last.value)
    }
}

extension GeneratedSite {
    struct Series: Hashable {
        let type: String
        let path: String
    }

    typealias Sample = (time: Int64, value: Double)

    /// The numbers that fields have had, booleans as 0 and 1, in the order in which they were recorded.
    var samples: [Series: [Sample]] {
        var samples: [Series: [Sample]] = [:]
        for event in events {
            for leaf in event.leaves {
                let series = Series(type: event.type, path: leaf.path)
                switch leaf.value {
                case .number(let number): samples[series, default: []].append((event.time, number))
                case .boolean(let flag): samples[series, default: []].append((event.time, flag ? 1 : 0))
                case .string, .null: break
                }
            }
        }
        return samples
    }
}
