import Testing

@testable import TelemetryClient
@testable import telemetry

/// What `telemetry history` draws. The pictures are in UTC.
@Suite struct HistoryViewTests {
    private typealias Bucket = HistoryAnswers.Bucket

    /// From 0 to 5.9, with a band of 1 on both sides.
    private static let slope = (0..<60).map { Bucket($0, Double($0) / 10, Double($0) / 10 - 1...Double($0) / 10 + 1) }

    /// The picture of series and states over their span, as text.
    private func picture(
        _ history: TelemetryHistory?, _ states: [TelemetryStates] = [], _ glyphs: PlotGlyphs = .braille,
        columns: Int = 44, gap: Int64? = nil
    ) throws -> String {
        let view = HistoryView(size: Screen.Size(columns: columns, rows: 11), glyphs: glyphs, clock: .utc, gap: gap)
        let content = HistoryContent(
            type: "weather", times: try #require(history?.times ?? states.first?.times), history: history,
            series: history?.fields ?? [], states: states)
        let lines = view.lines(content).map(\.plain)
        #expect(lines.allSatisfy { $0.terminalWidth <= columns })
        return lines.map { String($0.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
    }

    private func picture(
        of buckets: [Bucket], _ glyphs: PlotGlyphs = .braille, columns: Int = 44, step: Int64 = 60,
        gaps: [ClosedRange<Int64>] = [], gap: Int64? = nil
    ) throws -> String {
        let history = try HistoryAnswers.history([("wind", buckets)], step: step, gaps: gaps)
        return try picture(history, [], glyphs, columns: columns, gap: gap)
    }

    @Test func theMeanIsALineInABandFromTheLeastToTheGreatestValue() throws {
        let shown = try picture(of: Self.slope)
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, 1 m…
                wind  last 5.9  min -1  mean 2.95  max 6.9
                 │                             ⣀⣀⣀⣠⣤⣤⣤⢀⣀⣀⣀⠤⠤
                5┤              ⢀⣀⣀⣀⣤⣤⣤⣴⣀⣀⣀⡠⠤⠤⠤⠒⠒⠒⠒⠉⠉⠉⠁⠛⠛⠛⠉⠉
                 │⣀⣀⣀⣠⣤⣤⢀⣀⣀⣀⡠⠤⠤⠤⠒⠒⠒⠊⠉⠉⠉⠉⠛⠛⠋⠉⠉⠉⠉
                0┤⠒⠒⠒⠉⠉⠉⠁⠛⠛⠛⠉⠉⠉⠁
                 └┬──────┬──────┬──────┬──────┬──────┬──────
                00:00  00:10  00:20  00:30  00:40  00:50
                2026-05-20
                """)
    }

    @Test func theLinuxConsoleHasBlocks() throws {
        let shown = try picture(of: Self.slope, .blocks)
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, 1 m…
                wind  last 5.9  min -1  mean 2.95  max 6.9
                 │                              ░░░░░░░▄▄▄▄▄
                5┤              ░░░░░░░░▄▄▄▄▄▄▄█▀▀▀▀▀▀▀░░░░░
                 │░░░░░▄▄▄▄▄▄▄▄▀▀▀▀▀▀▀▀▀░░░░░░░
                0┤▀▀▀▀▀▀░░░░░░░
                 └┬──────┬──────┬──────┬──────┬──────┬──────
                00:00  00:10  00:20  00:30  00:40  00:50
                2026-05-20
                """)
    }

    @Test func withoutUTF8ItIsMadeOfASCII() throws {
        let shown = try picture(of: Self.slope, .ascii)
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, 1...
                wind  last 5.9  min -1  mean 2.95  max 6.9
                 |                                ::::::::**
                5+              ::::::::******************::
                 |:::*******************:::::::
                0+***:::::::
                 ++------+------+------+------+------+------
                00:00  00:10  00:20  00:30  00:40  00:50
                2026-05-20
                """)
        #expect(shown.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func nothingLeadsAcrossAGap() throws {
        let buckets = Self.slope.filter { !(20..<40).contains($0.minute) }
        let shown = try picture(of: buckets, gaps: [19...40])
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, 1 m…
                wind  last 5.9  min -1  mean 2.95  max 6.9
                 │                             ⣀⣀⣀⣠⣤⣤⣤⢀⣀⣀⣀⠤⠤
                5┤                            ⠤⠒⠒⠒⠒⠉⠉⠉⠁⠛⠛⠛⠉⠉
                 │⣀⣀⣀⣠⣤⣤⢀⣀⣀⣀⡠⠤⠤⠤              ⠉
                0┤⠒⠒⠒⠉⠉⠉⠁⠛⠛⠛⠉⠉⠉⠁
                 └┬──────┬──────┬──────┬──────┬──────┬──────
                00:00  00:10  00:20  00:30  00:40  00:50
                2026-05-20
                """)
        // A gap from one sample to the next, each of which is in its bucket.
        let steps = [Bucket(0, 0), Bucket(20, 5), Bucket(40, 0)]
        #expect(try self.picture(of: steps, step: 1_200, gaps: [19...21]) != self.picture(of: steps, step: 1_200))
    }

    @Test func aFieldThatIsMissingWhileItsTypeGoesOnIsAGapAsWell() throws {
        let buckets = Self.slope.filter { !(20..<40).contains($0.minute) }
        #expect(try picture(of: buckets) == picture(of: buckets, gaps: [19...40]))
        // But not where the gap is to be longer.
        #expect(try picture(of: buckets, gap: 30 * 60_000) != picture(of: buckets))
    }

    @Test func aPauseThatIsNoGapIsBridged() throws {
        let samples = stride(from: Int64(0), to: 60, by: 5).map { Bucket($0, 1) }
        let shown = try picture(of: samples, step: 0)
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, eac…
                wind  last 1  min 1  mean 1  max 1
                1.1┤
                   │
                1.0┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
                0.9┤
                   └┬─────────┬─────────┬─────────┬─────────
                  00:00     00:15     00:30     00:45
                2026-05-20
                """)
    }

    @Test func oneSampleIsOnePoint() throws {
        let shown = try picture(of: [Bucket(30, 4.5)], step: 0)
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, eac…
                wind  last 4.5  min 4.5  mean 4.5  max 4.5
                5.0┤
                   │
                4.5┤                    ⠁
                4.0┤
                   └┬─────────┬─────────┬─────────┬─────────
                  00:00     00:15     00:30     00:45
                2026-05-20
                """)
    }

    @Test func aConstantIsInTheMiddle() throws {
        let shown = try picture(of: (0..<60).map { Bucket($0, -3) })
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, 1 m…
                wind  last -3  min -3  mean -3  max -3
                -2.8┤
                    │
                -3.0┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
                -3.2┤
                    └┬────────┬─────────┬─────────┬─────────
                   00:00    00:15     00:30     00:45
                2026-05-20
                """)
    }

    @Test func negativeValuesHaveTheirAxis() throws {
        let shown = try picture(of: (0..<60).map { Bucket($0, -250 + Double($0)) })
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, 1 m…
                wind  last -191  min -250  mean -220.5  max…
                -200┤                              ⣀⣀⡠⠤⠤⠤⠒⠒⠉
                    │                    ⣀⣀⣀⠤⠤⠒⠒⠒⠉⠉
                    │          ⣀⣀⡠⠤⠤⠒⠒⠉⠉⠉
                -250┤⣀⣀⠤⠤⠒⠒⠒⠉⠉⠉
                    └┬────────┬─────────┬─────────┬─────────
                   00:00    00:15     00:30     00:45
                2026-05-20
                """)
    }

    @Test func valuesAtTheEndsOfWhatADoubleHoldsHaveAnAxis() throws {
        let shown = try picture(of: [Bucket(0, -1.7e308), Bucket(59, 1.7e308)])
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, 1 m…
                wind  last 1.7e+308  min -1.7e+308  mean 0 …
                 2e308┤                             ⢀⣀⣀⡠⠤⠤⠔⠒
                 1e308┤                  ⢀⣀⣀⡠⠤⠤⠒⠒⠒⠉⠉⠁
                     0┤       ⢀⣀⣀⠤⠤⠤⠒⠒⠊⠉⠉⠁
                -2e308┤⠤⠔⠒⠒⠊⠉⠉⠁
                      └┬────────┬────────┬────────┬─────────
                     00:00    00:15    00:30    00:45
                  2026-05-20
                """)
        let smallest = Double.leastNonzeroMagnitude
        #expect(try picture(of: [Bucket(0, smallest), Bucket(59, 5 * smallest)]).contains("last 2.47033e-323"))
    }

    @Test func largeValuesThatDifferLittleAreToldApart() throws {
        let shown = try picture(of: [Bucket(0, 1_779_235_200), Bucket(59, 1_779_235_201)])
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, 1 m…
                wind  last 1779235201  min 1779235200  mean…
                1779235201.0┤                       ⢀⣀⡠⠤⠔⠒⠊⠉
                            │               ⢀⣀⡠⠤⠔⠒⠊⠉⠁
                1779235200.5┤       ⢀⣀⡠⠤⠔⠒⠊⠉⠁
                1779235200.0┤⣀⡠⠤⠔⠒⠊⠉⠁
                            └┬──────┬───────┬───────┬───────
                           00:00  00:15   00:30   00:45
                        2026-05-20
                """)
    }

    @Test func severalFieldsStandAboveEachOtherOverOneAxisOfTimes() throws {
        let rain = (0..<60).map { Bucket($0, Double($0 % 20)) }
        let history = try HistoryAnswers.history([("hail", []), ("rain", rain), ("wind", Self.slope)])
        let shown = try picture(history)
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC, 1 m…
                hail  no values
                rain  last 19  min 0  mean 9.5  max 19
                20┤           ⡠⠔⡆          ⢀⡠⢲           ⢀⠔⠒
                  │       ⢀⡠⠒⠊  ⢱       ⢀⠔⠒⠁ ⠈⡆       ⡠⠔⠊⠁
                10┤   ⢀⣀⠔⠉⠁     ⢸   ⣀⡠⠒⠉⠁     ⡇   ⣀⠤⠊⠉
                 0┤⣀⠤⠒⠁          ⡧⠤⠊          ⢸⠤⠔⠉
                wind  last 5.9  min -1  mean 2.95  max 6.9
                  │                            ⢀⣀⣀⣀⣤⣤⣤⢀⣀⣀⣀⠤⠤
                 5┤              ⣀⣀⣀⣠⣤⣤⣤⢀⣀⣀⡠⠤⠤⠤⠒⠒⠒⠒⠉⠉⠉⠁⠛⠛⠛⠉⠉
                  │⣀⣀⣀⣤⣤⣤⣀⣀⣀⣀⡠⠤⠤⠤⠒⠒⠒⠉⠉⠉⠉⠁⠛⠛⠉⠉⠉⠉⠁
                 0┤⠒⠒⠒⠉⠉⠉⠟⠛⠛⠛⠉⠉⠉
                  └┬─────────┬─────────┬─────────┬──────────
                 00:00     00:15     00:30     00:45
                2026-05-20
                """)
    }

    @Test func statesAreABarInWhichTheShortestIsSeen() throws {
        let states = try HistoryAnswers.states(
            "dome", [(10, 30, "open"), (30, 31, "alarm"), (31, 60, true), (60, 60, .null)])
        let shown = try picture(nil, [states])
        #expect(
            shown == """
                weather  2026-05-20 00:00 to 01:00 UTC
                dome  last null
                │       ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▄▄███████████████████░
                 █ true 29 min, 58 %   ▒ open 20 min, 40 %
                 ▄ alarm 1 min, 2 %   ░ null 0 s, 0 %
                └┬──────┬──────┬──────┬──────┬──────┬───────
                00:00 00:10  00:20  00:30  00:40  00:50
                2026-05-20
                """)
        #expect(try picture(nil, [states], .ascii).contains("=====--#####"))
        #expect(try picture(nil, [try HistoryAnswers.states("dome", [])]).contains("dome  no values\n"))
    }

    @Test(arguments: [1, 5, 20, 500])
    func aTerminalOfAnyWidthIsTaken(_ columns: Int) throws {
        let states = try HistoryAnswers.states("dome", [(10, 30, "a state with a long name"), (30, 60, "é")])
        let history = try HistoryAnswers.history([("a_field_with_a_long_name", Self.slope)])
        let view = HistoryView(size: Screen.Size(columns: columns, rows: 1), glyphs: .braille, clock: .utc, gap: nil)
        #expect((1...10_000).contains(view.points))
        let content = HistoryContent(
            type: "weather", times: history.times, history: history, series: history.fields, states: [states])
        #expect(view.lines(content).allSatisfy { $0.width <= max(columns, 20) })
    }
}
