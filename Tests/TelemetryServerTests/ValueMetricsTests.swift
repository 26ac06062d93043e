import Logging
import TelemetryLimits
import TelemetryModel
import Testing

@testable import TelemetryServer
@testable import TelemetryStore

@Suite struct ValueMetricsTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    /// The samples of `GET /metrics/values`.
    ///
    /// - Parameter events: type, data, and how old the event is, in seconds.
    private func samples(
        _ events: [(type: String, data: String, age: Int64)], _ mappings: [ValueMapping] = [], maximumAge: Double = 300,
        _ format: MetricsFormat = .prometheus
    ) throws -> [String] {
        try text(events, mappings, maximumAge: maximumAge, format).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
    }

    private func text(
        _ events: [(type: String, data: String, age: Int64)], _ mappings: [ValueMapping] = [], maximumAge: Double = 300,
        _ format: MetricsFormat = .prometheus
    ) throws -> String {
        var configuration = MetricsConfiguration()
        configuration.maximumAge = maximumAge
        let mappings = try ValueMappings(mappings)
        let metrics = ValueMetrics(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let items = events.map { event in
            let time = now.advanced(bySeconds: -event.age)
            let json = TelemetryEvent(
                seq: 1, ts: "2026-05-20T22:00:00Z", type: event.type, data: JSONText(validated: Array(event.data.utf8)),
                meta: .emptyObject
            ).json
            return (type: event.type, item: CurrentView.Item(json: json, time: time))
        }
        return String(decoding: metrics.text(of: items, mappings, at: now, format).finished(), as: UTF8.self)
    }

    @Test func numbersAndBooleansAreToldByTypeAndField() throws {
        let samples = try samples([
            ("weather", #"{"wind_mps":3.5,"rain":false,"sky":"clear","none":null,"mount":{"ra":[1,-2e-7]}}"#, 1),
            ("plain", "true", 0),
        ])

        #expect(
            samples == [
                #"telemetry_value{type="weather",field="wind_mps"} 3.5"#,
                #"telemetry_value{type="weather",field="rain"} 0.0"#,
                #"telemetry_value{type="weather",field="mount.ra.0"} 1.0"#,
                #"telemetry_value{type="weather",field="mount.ra.1"} -2e-07"#,
                #"telemetry_value{type="plain",field="value"} 1.0"#,
                #"telemetry_value_timestamp_seconds{type="weather"} 1799999999.000"#,
                #"telemetry_value_timestamp_seconds{type="plain"} 1800000000.000"#,
                "telemetry_values_left_out 0",
            ])
    }

    @Test func aValueThatIsTooOldIsLeftOutAndItsTimeStays() throws {
        let events: [(String, String, Int64)] = [("old", #"{"a":1}"#, 301), ("new", #"{"a":2}"#, 300)]

        #expect(
            try samples(events).dropLast() == [
                #"telemetry_value{type="new",field="a"} 2.0"#,
                #"telemetry_value_timestamp_seconds{type="old"} 1799999699.000"#,
                #"telemetry_value_timestamp_seconds{type="new"} 1799999700.000"#,
            ])
        #expect(try samples(events, maximumAge: 0).filter { $0.hasPrefix("telemetry_value{") }.count == 2)
    }

    @Test func noSeriesStandsTwiceHoweverAFieldIsReached() throws {
        let samples = try samples([
            ("t", #"{"a":1,"a":2,"b":{"c":3},"b.c":4,"d":5,"d":"text"}"#, 0)
        ])

        #expect(
            samples.filter { $0.hasPrefix("telemetry_value{") } == [
                #"telemetry_value{type="t",field="a"} 2.0"#, #"telemetry_value{type="t",field="b.c"} 4.0"#,
            ])
    }

    @Test func typesAndFieldsMayBeAnyText() throws {
        let samples = try samples([("é\"\\{}", #"{"a\n\"b":1}"#, 0)])

        #expect(samples.first == #"telemetry_value{type="é\"\\{}",field="a\n\"b"} 1.0"#)
    }

    @Test func whatIsBeyondTheLimitIsCounted() throws {
        // An event has so many leaves at most that are looked at; several types have more.
        let members = (0..<2_000).map { "\"f\($0)\":\($0)" }.joined(separator: ",")
        let samples = try samples((0..<3).map { ("t\($0)", "{\(members)}", 0) })

        #expect(samples.filter { $0.hasPrefix("telemetry_value{") }.count == 5_000)
        #expect(samples.last == "telemetry_values_left_out 1000")
    }

    @Test func aMappingGivesAValueANameAUnitAndLabelsOfItsOwn() throws {
        let mappings = [
            try ValueMapping(
                type: "weather", field: "temp", name: "roof_temperature_celsius", unit: "celsius",
                help: "On the \"roof\".",
                labels: [.init("site", "north\n")], maximumAge: 0),
            try ValueMapping(
                type: "dome", field: "temp", name: "roof_temperature_celsius", unit: "celsius",
                help: "On the \"roof\".",
                labels: [.init("site", "dome")], maximumAge: 10),
        ]
        let events: [(String, String, Int64)] = [
            ("weather", #"{"temp":-3.5,"wind":1}"#, 100_000), ("dome", #"{"temp":4,"x":1}"#, 11),
            ("other", #"{"temp":5}"#, 0),
        ]

        #expect(
            try text(events, mappings, .openMetrics).contains(
                #"""
                # HELP roof_temperature_celsius On the \"roof\".
                # TYPE roof_temperature_celsius gauge
                # UNIT roof_temperature_celsius celsius
                roof_temperature_celsius{site="north\n"} -3.5
                # HELP telemetry_value_timestamp_seconds
                """#))
        #expect(
            try samples(events, mappings).filter { $0.hasPrefix("telemetry_value{") } == [
                #"telemetry_value{type="dome",field="x"} 1.0"#, #"telemetry_value{type="other",field="temp"} 5.0"#,
            ])
    }

    @Test(
        arguments: [
            ("9lives", nil, [], "its name must be letters"),
            ("a-b", nil, [], "its name must be letters"),
            ("telemetry_x", nil, [], "the server's own"),
            ("up", nil, [], "Prometheus gives that name"),
            ("a_total", nil, [], "'_total' at its end"),
            ("temperature", "celsius", [], "must end in its unit, '_celsius'"),
            ("x", nil, ["__a"], "the label '__a'"),
            ("x", nil, ["a", "a"], "the label 'a' stands twice"),
            ("x", nil, ["le"], "the label 'le' is kept"),
        ] as [(String, String?, [String], String)])
    func aMappingThatPrometheusCouldNotReadIsRefused(name: String, unit: String?, labels: [String], reason: String) {
        let fault = #expect(throws: ValueMapping.Fault.self) {
            try ValueMapping(type: "t", field: "f", name: name, unit: unit, labels: labels.map { .init($0, "") })
        }
        #expect(fault?.description.contains(reason) == true, "\(fault?.description ?? "")")
    }

    @Test func mappingsThatWouldMakeOneSampleTwiceAreRefused() throws {
        func mapping(_ type: String, _ help: String = "", _ labels: [ValueMapping.Label] = []) throws -> ValueMapping {
            try ValueMapping(type: type, field: "f", name: "x", help: help, labels: labels)
        }
        let (a, b) = (ValueMapping.Label("a", "1"), ValueMapping.Label("b", "2"))
        #expect(throws: ValueMapping.Fault.self) { try ValueMappings([mapping("s"), mapping("t")]) }
        #expect(throws: ValueMapping.Fault.self) {
            try ValueMappings([mapping("s", "", [a, b]), mapping("t", "", [b, a])])
        }
        #expect(throws: ValueMapping.Fault.self) { try ValueMappings([mapping("s"), mapping("t", "other", [a])]) }
        #expect(throws: ValueMapping.Fault.self) { try ValueMappings([mapping("s"), mapping("s", "", [a])]) }
        _ = try ValueMappings([mapping("s"), mapping("t", "", [a]), mapping("u", "", [b])])
    }
}
