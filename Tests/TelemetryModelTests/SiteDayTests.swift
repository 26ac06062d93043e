import Testing

@testable import TelemetryModel

@Suite struct SiteDayTests {
    @Test(arguments: [
        (2026, 5, 20, 11, "20260519"),
        (2026, 5, 20, 12, "20260520"),
        (2026, 5, 20, 23, "20260520"),
        (2026, 5, 21, 0, "20260520"),
        (2026, 1, 1, 3, "20251231"),
        (2024, 3, 1, 11, "20240229"),
        (2026, 3, 1, 11, "20260228"),
        (1, 1, 1, 11, "00010101"),
        (0, 12, 31, 13, "00010101"),
        (9999, 12, 31, 12, "99991231"),
        (10_000, 1, 1, 13, "99991231"),
    ])
    func beginsAtNoonAndIsNamedByTheDateOnWhichItBegan(
        year: Int64, month: Int64, day: Int64, hour: Int, key: String
    ) throws {
        let date = try #require(CivilDate(year: year, month: month, day: day))

        #expect(SiteDay(localDate: date, hour: hour).key == key)
        #expect(SiteDay(key: key)?.key == key)
    }

    @Test(arguments: ["", "2026052", "202605200", "20261301", "20260230", "2026-5-2", "abcdefgh"])
    func noOtherTextIsAKey(text: String) {
        #expect(SiteDay(key: text) == nil)
    }
}
