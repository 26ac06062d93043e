import MicroHTTPD
import TelemetryModel
import Testing

@testable import TelemetryIndex
@testable import TelemetryServer

/// The history of hosts, as the reference's history store answers.
@Suite struct HostHistoryTests {
    private func answer(step: Int64, _ series: [(field: String, buckets: [HistoryBucket])]) -> HistoryAnswer {
        HistoryAnswer(
            step: step, source: .raw, completeTo: Timestamp(milliseconds: 0), completeFrom: nil,
            series: series.map { HistorySeries(field: $0.field, buckets: $0.buckets) }, gaps: [])
    }

    private func sample(_ time: Int64, _ value: Double) -> HistoryBucket {
        HistoryBucket(time: time, count: 1, minimum: value, maximum: value, sum: value, first: value, last: value)
    }

    private func json(_ answer: HistoryAnswer?, resolution: Int64) -> String {
        String(decoding: HostSamples(answer, resolution: resolution).json(host: "h", label: "1 hour"), as: UTF8.self)
    }

    @Test(arguments: [
        ("30m", "30 minutes", 1_800_000, 60_000), ("1h", "1 hour", 3_600_000, 60_000),
        ("6h", "6 hours", 21_600_000, 300_000), ("24h", "24 hours", 86_400_000, 900_000),
        ("60m", "60 minutes", 3_600_000, 60_000), ("1d", "1 day", 86_400_000, 900_000),
        ("1m", "1 minute", 60_000, 1_000), ("60s", "60 seconds", 60_000, 1_000), ("90s", "90 seconds", 90_000, 1_000),
        ("12h", "12 hours", 43_200_000, 300_000), ("7d", "7 days", 604_800_000, 3_600_000),
        ("2w", "2 weeks", 1_209_600_000, 7_200_000), ("30d", "30 days", 2_592_000_000, 14_400_000),
        ("1y", "1 year", 31_536_000_000, 172_800_000), ("100y", "100 years", 3_153_600_000_000, 11_059_200_000),
    ])
    func aRangeHasALabelAndAResolution(text: String, label: String, length: Int64, resolution: Int64) throws {
        let range = try #require(HostRange(text))
        #expect(range.label == label && range.length == length && range.resolution == resolution)
    }

    @Test func aRangeHasFewSamplesAndNotTooFew() throws {
        for minutes in 2..<20_000 {
            let range = try #require(HostRange("\(minutes)m"))
            if ["30", "60", "360", "1440"].contains("\(minutes)") { continue }
            #expect((96...300).contains(range.length / range.resolution), "\(minutes)m")
        }
        for hours in 2...876_000 where hours % 777 == 0 {
            let range = try #require(HostRange("\(hours)h"))
            #expect((96...300).contains(range.length / range.resolution), "\(hours)h")
        }
    }

    @Test(arguments: [
        "", "h", "0h", "59s", "-1h", "+1h", "1", "1H", "1M", "1.5h", "1 h", " 1h", "1h ", "101y", "1hh", "1ms",
        "9999999999m", "999999999y", "١h", "1h\u{301}",
    ])
    func whatIsNoRangeIsRefused(text: String) {
        #expect(HostRange(text) == nil)
    }

    @Test func ofManyFieldsThereAreFewerSamples() throws {
        let range = try #require(HostRange("7d"))
        #expect(range.resolution(samples: 200_000) == 3_600_000)
        #expect(range.resolution(samples: 168) == 3_600_000)
        #expect(range.resolution(samples: 100) == 7_200_000)
        #expect(range.resolution(samples: 0) == 691_200_000)
    }

    @Test func wholeRowsAreAskedForUpToTheOneThatHasBegun() throws {
        let range = try #require(HostRange("24h"))
        let now = Timestamp(milliseconds: 1_764_288_300_500)  // 2025-11-28T00:05:00.500Z
        let query = range.query("a", resolution: range.resolution, now: now)
        #expect(query.times.lowerBound.description == "2025-11-27T00:00:00.000Z")
        #expect(query.times.upperBound.description == "2025-11-28T00:15:00.000Z")
        #expect(query.points == 97)
    }

    @Test func samplesAreAsTheReferenceHasThem() {
        let answer = answer(
            step: 60_000,
            [
                ("active_backends", [sample(1_764_280_020_000, 2)]), ("error_rate", [sample(1_764_280_020_000, 0)]),
                ("p99_ms", [sample(1_764_280_020_000, 3.1)]), ("requests_sec", [sample(1_764_280_020_000, 12.5)]),
            ])
        #expect(
            json(answer, resolution: 60_000)
                == #"{"host":"h","range":"1 hour","samples":[{"ts":1764280020,"requests_sec":12.5,"requests_sec_min":12.5,"requests_sec_max":12.5,"requests_sec_n":1,"#
                + #""p99_ms":3.1,"p99_ms_min":3.1,"p99_ms_max":3.1,"p99_ms_n":1,"#
                + #""error_rate":0,"error_rate_min":0,"error_rate_max":0,"error_rate_n":1,"#
                + #""active_backends":2,"active_backends_min":2,"active_backends_max":2,"active_backends_n":1}]}"#)
    }

    @Test func aHostThatIsNotKnownHasNoSamples() {
        #expect(json(nil, resolution: 60_000) == #"{"host":"h","range":"1 hour","samples":[]}"#)
        #expect(json(answer(step: 0, []), resolution: 60_000) == #"{"host":"h","range":"1 hour","samples":[]}"#)
    }

    @Test func singleSamplesBecomeRowsAndASpikeStays() {
        let answer = answer(
            step: 0,
            [
                ("a", [sample(-1, 1), sample(0, 2), sample(59_999, 9), sample(60_000, 4), sample(180_500, 5)]),
                ("b", [sample(61_000, 7)]),
            ])
        #expect(
            json(answer, resolution: 60_000)
                == #"{"host":"h","range":"1 hour","samples":[{"ts":-60,"a":1,"a_min":1,"a_max":1,"a_n":1},"#
                + #"{"ts":0,"a":5.5,"a_min":2,"a_max":9,"a_n":2},"#
                + #"{"ts":60,"a":4,"a_min":4,"a_max":4,"a_n":1,"b":7,"b_min":7,"b_max":7,"b_n":1},"#
                + #"{"ts":180,"a":5,"a_min":5,"a_max":5,"a_n":1}]}"#)
    }

    @Test func noMemberStandsTwice() {
        let answer = answer(
            step: 60_000, [("a", [sample(0, 1)]), ("a_max", [sample(0, 2)]), ("ts", [sample(0, 3)])])
        #expect(
            json(answer, resolution: 60_000)
                == #"{"host":"h","range":"1 hour","samples":[{"ts":0,"a":1,"a_min":1,"a_n":1,"a_max":2,"a_max_min":2,"a_max_max":2,"a_max_n":1}]}"#
        )
    }

    @Test func hostsAreTypesByTheirNames() {
        #expect(
            Routes.hosts(of: ["weather", "host.b.example", "host.weather", "host.", "dome", "host.host.x"])
                == ["b.example", "dome", "host.", "host.x", "weather"])
        #expect(Routes.hosts(of: []) == [])
    }
}
