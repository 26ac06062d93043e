import TelemetryModel
import TelemetryOTLP
import Testing

@Suite struct MetricEventTests {
    private func event(_ members: String) throws -> EventRequest {
        let body = Requests.metric(members)
        #expect(try Requests.roundTrip(body, .metrics) == (try Requests.json(of: Array(body.utf8), .json, .metrics)))
        return try Requests.event(of: body, .metrics)
    }

    private let time = #""timeUnixNano":"1544712660000000000""#

    @Test func aGaugeIsAnEventWithAPointForEachSetOfAttributes() throws {
        let event = try event(
            #"""
            "name":"depth","unit":"m","description":"of water","metadata":[{"key":"a","value":{"stringValue":"b"}}],
            "gauge":{"dataPoints":[
              {"attributes":[{"key":"band","value":{"stringValue":"left"}}],\#(time),"asDouble":2,"flags":1},
              {"attributes":[{"key":"band","value":{"stringValue":"right"}}],"timeUnixNano":"1544712659000000000","asInt":"-3"},
              {"startTimeUnixNano":"1544712600000000000"}]}
            """#)
        #expect(event.type == "otel.metric/shop/depth")
        #expect(event.time?.text == "2018-12-13T14:51:00.000000000Z")
        #expect(event.makeCurrent)
        #expect(
            event.data.description == """
                {"name":"depth","kind":"gauge","unit":"m","description":"of water","points":[\
                {"attributes":{"band":"left"},"value":2.0,"flags":1},\
                {"attributes":{"band":"right"},"time":"2018-12-13T14:50:59.000000000Z","value":-3},\
                {"attributes":{},"start":"2018-12-13T14:50:00.000000000Z","time":null}],"metadata":{"a":"b"}}
                """)
    }

    @Test func aSumSaysWhatItIsASumOf() throws {
        let event = try event(
            #"""
            "name":"orders","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{\#(time),"asInt":"7",
            "exemplars":[{"timeUnixNano":"1544712659000000000","asInt":"1","traceId":"5b8efff798038103d269b633813fc60c",
            "spanId":"eee19b7ec3c1b174","filteredAttributes":[{"key":"a","value":{"intValue":"1"}}]}]}]}
            """#)
        #expect(
            event.data.description == """
                {"name":"orders","kind":"sum","temporality":"delta","monotonic":true,"points":[{"attributes":{},"value":7,\
                "exemplars":[{"attributes":{"a":1},"time":"2018-12-13T14:50:59.000000000Z","value":1,\
                "trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174"}]}]}
                """)
    }

    @Test func aHistogramHasItsBuckets() throws {
        let event = try event(
            #"""
            "name":"t","histogram":{"aggregationTemporality":2,"dataPoints":[{\#(time),"count":"3","sum":0,"min":-1,"max":1.5,
            "explicitBounds":[0,10.5],"bucketCounts":["1","2",0]}]}
            """#)
        #expect(
            event.data.description == """
                {"name":"t","kind":"histogram","temporality":"cumulative","points":[{"attributes":{},"count":3,"sum":0.0,\
                "min":-1.0,"max":1.5,"explicit_bounds":[0.0,10.5],"bucket_counts":[1,2,0]}]}
                """)
    }

    @Test func anExponentialHistogramHasItsScale() throws {
        let event = try event(
            #"""
            "name":"t","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{\#(time),"count":"3","sum":4.5,"scale":-2,
            "zeroCount":"1","zeroThreshold":0.5,"positive":{"offset":-1,"bucketCounts":["1","18446744073709551615"]},"negative":{}}]}
            """#)
        #expect(
            event.data.description == """
                {"name":"t","kind":"exponential_histogram","temporality":"cumulative","points":[{"attributes":{},"count":3,\
                "sum":4.5,"scale":-2,"zero_count":1,"zero_threshold":0.5,\
                "positive":{"offset":-1,"bucket_counts":[1,18446744073709551615]},"negative":{"offset":0}}]}
                """)
    }

    @Test func aSummaryHasItsQuantiles() throws {
        let event = try event(
            #"""
            "name":"t","summary":{"dataPoints":[{\#(time),"count":"3","sum":4.5,"quantileValues":[{},{"quantile":0.5,"value":1}]}]}
            """#)
        #expect(
            event.data.description == """
                {"name":"t","kind":"summary","points":[{"attributes":{},"count":3,"sum":4.5,\
                "quantiles":[{"quantile":0.0,"value":0.0},{"quantile":0.5,"value":1.0}]}]}
                """)
    }

    @Test func aValueThatIsNoNumberIsTextAndStandsWhole() throws {
        let event = try event(#""name":"t","gauge":{"dataPoints":[{\#(time),"asDouble":"NaN"}]}"#)
        #expect(event.data["points"]?[0]?["value"] == "NaN")
        #expect(event.data["otlp"]?["gauge"]?["dataPoints"]?[0]?["asDouble"] == "NaN")
    }

    @Test func aMetricWithoutDataIsAnEvent() throws {
        #expect(try event(#""name":"t""#).data.description == #"{"name":"t"}"#)
        #expect(try event(#""name":"t","gauge":{}"#).data.description == #"{"name":"t","kind":"gauge","points":[]}"#)
    }

    @Test func dataPointsAreCountedThatAreRejected() throws {
        var limits = OTLPLimits()
        limits.metaLength = 10
        let events = try Requests.events(
            of: Requests.metric(#""name":"t","gauge":{"dataPoints":[{},{}]}"#), .metrics, limits)
        #expect(events.rejected == 2)
        #expect(events.message?.hasPrefix("2 data points were not recorded") == true)
    }
}
