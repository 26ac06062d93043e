import TelemetryModel
import Testing

@testable import TelemetryCollection

@Suite struct SampleBacklogTests {
    private func append(_ number: Int, to backlog: inout SampleBacklog, after seconds: Int = 0, text: String = "") {
        backlog.append(
            ["n": JSONText(number), "text": JSONText(text)], type: "host.dome",
            time: Timestamp(milliseconds: Int64(number) * 1_000), instant: .seconds(seconds))
    }

    private func numbers(_ batch: SampleBacklog.Batch?) -> [Int64?] {
        let lines = batch?.lines.split(separator: UInt8(ascii: "\n")) ?? []
        return lines.map { JSONText(validated: $0)["data"]?["n"]?.integer }
    }

    @Test func aSampleIsAnEventOfTheSiteWithItsOwnTime() {
        var backlog = SampleBacklog()
        append(1, to: &backlog)

        #expect(
            String(decoding: backlog.batch?.lines ?? [], as: UTF8.self)
                == #"{"type":"host.dome","ts":"1970-01-01T00:00:01.000Z","stream":"site","data":{"n":1,"text":""}}"#
                + "\n")
    }

    @Test func samplesGoInTheirOrderAndEachOnce() {
        var backlog = SampleBacklog()
        for number in 1...3 { append(number, to: &backlog) }
        let first = backlog.batch
        append(4, to: &backlog)
        #expect(numbers(first) == [1, 2, 3])
        #expect(first?.lastTime == Timestamp(milliseconds: 3_000))

        if let first { backlog.remove(first) }
        #expect(numbers(backlog.batch) == [4])
        if let second = backlog.batch { backlog.remove(second) }
        #expect(backlog.batch == nil)
        #expect(backlog.dropped == 0)
    }

    @Test func samplesOfAnHourAreKeptAndOlderOnesThrownAway() {
        var backlog = SampleBacklog()
        for number in 0...61 { append(number, to: &backlog, after: 60 * number) }

        #expect(backlog.count == 61)
        #expect(numbers(backlog.batch).first == 1)
        #expect(backlog.dropped == 1)
    }

    @Test func aBatchThatWasSentMeanwhileTakesNoLaterSampleAlong() throws {
        var backlog = SampleBacklog()
        append(1, to: &backlog)
        let sent = try #require(backlog.batch)
        append(2, to: &backlog, after: 4_000)
        #expect(backlog.dropped == 1)

        backlog.remove(sent)
        #expect(numbers(backlog.batch) == [2])
    }

    @Test func samplesTakeABoundedAmountOfMemoryAndOfARequest() throws {
        var backlog = SampleBacklog()
        let text = String(repeating: "x", count: 100_000)
        for number in 1...200 { append(number, to: &backlog, text: text) }

        #expect(backlog.count < 200)
        #expect(backlog.count + backlog.dropped == 200)
        #expect(try #require(backlog.batch).lines.count <= SampleBacklog.maximumBatchLength)
        #expect(try #require(backlog.batch).count == 2)
    }
}
