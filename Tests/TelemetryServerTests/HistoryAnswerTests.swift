import TelemetryModel
import Testing

@testable import TelemetryIndex
@testable import TelemetryServer

/// How answers are written, from made-up ones.
@Suite struct HistoryAnswerTests {
    private let query = HistoryQuery(
        type: "wea\"ther", times: Timestamp(milliseconds: -500)..<Timestamp(milliseconds: 1_800_000))

    private func answer(step: Int64 = 900_000, _ series: [HistorySeries]) -> HistoryAnswer {
        HistoryAnswer(
            step: step, source: .quarter, completeTo: Timestamp(milliseconds: 1_700_000), completeFrom: nil,
            series: series, gaps: [])
    }

    private func bucket(_ time: Int64, _ first: Double, _ others: Double...) -> HistoryBucket {
        HistoryBucket(
            time: time, count: UInt64(others.count + 1), minimum: others.reduce(first, min),
            maximum: others.reduce(first, max), sum: others.reduce(first, +), first: first, last: others.last ?? first)
    }

    private func json(_ answer: HistoryAnswer) -> String {
        String(decoding: answer.json(query), as: UTF8.self)
    }

    @Test func anAnswerHasColumnsForEachField() {
        var answer = answer([
            HistorySeries(field: "wind_mps", buckets: [bucket(-900_000, 4, 2.5, 1), bucket(0, 0.1, 0.2)]),
            HistorySeries(field: "adc.0", buckets: []),
        ])
        answer.gaps = [Timestamp(milliseconds: -400)..<Timestamp(milliseconds: 7_000)]
        #expect(
            json(answer)
                == #"{"type":"wea\"ther","from":-500,"to":1800000,"step":900,"source":"15m","complete_from":null,"complete_to":1700000,"#
                + #""fields":{"wind_mps":{"t":[-900000,0],"n":[3,2],"min":[1,0.1],"mean":[2.5,0.15000000000000002],"#
                + #""max":[4,0.2],"first":[4,0.1],"last":[1,0.2]},"#
                + #""adc.0":{"t":[],"n":[],"min":[],"mean":[],"max":[],"first":[],"last":[]}},"gaps":[[-400,7000]]}"#)
    }

    @Test func stepsAreSecondsAndMayBeLess() {
        #expect(json(answer(step: 200, [])).contains(#""step":0.2,"#))
        #expect(json(answer(step: 0, [])).contains(#""step":0,"#))
        #expect(json(answer(step: 172_800_000, [])).contains(#""step":172800,"#))
    }

    @Test func whatComesAfterTheSpanDoesNotChangeItsAnswer() {
        var (early, late) = (answer([]), answer([]))
        early.completeTo = query.times.upperBound
        late.completeTo = Timestamp(milliseconds: 9_000_000)
        #expect(json(early) == json(late))
        #expect(json(early).contains(#""complete_to":1800000,"#))
    }

    @Test func anAnswerTellsFromWhenOnItIsWhole() {
        var answer = answer([])
        answer.completeFrom = Timestamp(milliseconds: 1_000)
        #expect(json(answer).contains(#""complete_from":1000,"#))
    }

    @Test func theMeanOfOneValueAgainAndAgainIsThatValue() {
        let sum = (0..<60).reduce(0.0) { sum, _ in sum + 3.1 }
        #expect(sum / 60 < 3.1)
        let bucket = HistoryBucket(time: 0, count: 60, minimum: 3.1, maximum: 3.1, sum: sum, first: 3.1, last: 3.1)
        #expect(json(answer([HistorySeries(field: "p99_ms", buckets: [bucket])])).contains(#""mean":[3.1]"#))
    }

    @Test func aSumBeyondAllDoublesIsNoMean() throws {
        let text = json(
            answer([HistorySeries(field: "x", buckets: [bucket(0, .greatestFiniteMagnitude, .greatestFiniteMagnitude)])]
            ))
        #expect(text.contains(#""mean":[null],"max":[1.7976931348623157e+308]"#))
    }

    @Test func csvHasARowForEachBucket() {
        let answer = answer([
            HistorySeries(field: "wind_mps", buckets: [bucket(-900_000, 4, 2.5, 1), bucket(0, 0.25)]),
            HistorySeries(
                field: #"value{a=",",b=x}"#, buckets: [bucket(1, .greatestFiniteMagnitude, .greatestFiniteMagnitude)]),
            HistorySeries(field: "none", buckets: []),
        ])
        #expect(
            String(decoding: answer.csv(), as: UTF8.self)
                == """
                time,field,n,min,mean,max,first,last
                1969-12-31T23:45:00.000Z,wind_mps,3,1,2.5,4,4,1
                1970-01-01T00:00:00.000Z,wind_mps,1,0.25,0.25,0.25,0.25,0.25
                1970-01-01T00:00:00.001Z,"value{a="","",b=x}",2,1.7976931348623157e+308,,1.7976931348623157e+308,1.7976931348623157e+308,1.7976931348623157e+308

                """.replacing("\n", with: "\r\n"))
    }

    @Test func aTypeIsListedWithItsFields() {
        let first = Timestamp(milliseconds: 0)
        let fields = [
            FieldSummary(path: "open", kinds: [.boolean, .null], last: JSONText(true)),
            FieldSummary(path: "wind_mps", kinds: .number, last: JSONText(validated: Array("4.20".utf8))),
            FieldSummary(path: "x", kinds: [.number, .string], last: nil),
        ]
        let list = TypeList(
            types: [
                TypeSummary(type: "a", first: first, last: first, events: 1, interval: nil, fields: []),
                TypeSummary(
                    type: "weather", first: first, last: Timestamp(milliseconds: 1_779_271_200_000), events: 86_400,
                    interval: 1_000, fields: fields),
            ],
            completeFrom: first, leftOutSeries: 2, maximumSeries: 16)
        #expect(
            String(decoding: list.json(), as: UTF8.self)
                == #"{"types":[{"type":"a","first":"1970-01-01T00:00:00.000Z","last":"1970-01-01T00:00:00.000Z","events":1,"interval_ms":null,"fields":[]},"#
                + #"{"type":"weather","first":"1970-01-01T00:00:00.000Z","last":"2026-05-20T10:00:00.000Z","events":86400,"interval_ms":1000,"#
                + #""fields":[{"path":"open","kinds":["boolean","null"],"last":true},{"path":"wind_mps","kinds":["number"],"last":4.20},"#
                + #"{"path":"x","kinds":["number","string"],"last":null}]}],"complete_from":"1970-01-01T00:00:00.000Z","series_left_out":2,"max_series":16}"#
        )
    }

    @Test func statesAreClippedToTheSpanAndSummedUp() {
        func state(_ from: Int64, _ to: Int64, _ value: JSONText) -> HistoryState {
            HistoryState(from: Timestamp(milliseconds: from), to: Timestamp(milliseconds: to), value: value)
        }
        var query = query
        query.fields = ["shutter"]
        let states = HistoryStates(
            [
                state(-9_000, -500, JSONText(string: "long ago")), state(-500, 2_000, JSONText(string: "open")),
                state(2_000, 2_500, .null), state(2_500, 3_000, JSONText(true)),
                state(3_000, 3_250, JSONText(string: "true")), state(3_250, 9_000_000, JSONText(string: "open")),
            ], of: query)
        #expect(
            String(decoding: states.json(), as: UTF8.self)
                == #"{"type":"wea\"ther","field":"shutter","from":-500,"to":1800000,"states":[[-500,2000,"open"],[2000,2500,null],"#
                + #"[2500,3000,true],[3000,3250,"true"],[3250,1800000,"open"]],"totals":{"open":1799.25,"null":0.5,"true":0.75}}"#
        )
    }
}
