/// A day of the site stream: from local noon to noon, named by the date on which it begins.
///
/// An observing night falls within one such day, so its events are in one file.
package struct SiteDay: Sendable, Hashable, Comparable {
    private let date: CivilDate

    /// The site day of a local civil date and hour. One beyond the years 1 to 9999, which a file's name cannot have, is
    /// taken for the first or the last of these.
    ///
    /// - Parameter hour: the local hour, 0 to 23; before 12 it is the day that began on the previous date.
    package init(localDate date: CivilDate, hour: Int) {
        let days = hour < 12 ? date.daysSince1970 - 1 : date.daysSince1970
        self.date = CivilDate(daysSince1970: max(Self.days.lowerBound, min(days, Self.days.upperBound)))
    }

    /// From 0001-01-01 to 9999-12-31, counted from 1970-01-01.
    private static let days: ClosedRange<Int64> = -719_162...2_932_896

    /// The day of a key as ``key`` writes it; nil for any other text.
    package init?(key: some StringProtocol) {
        guard
            key.utf8.count == 8, key.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(key),
            let date = CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
        else { return nil }
        self.date = date
    }

    /// The date at whose noon the day begins.
    package var startDate: CivilDate { date }

    /// The date at whose noon the day ends.
    package var endDate: CivilDate { CivilDate(daysSince1970: date.daysSince1970 + 1) }

    /// The day as `YYYYMMDD`.
    package var key: String {
        let number = date.year * 10_000 + date.month * 100 + date.day
        return String(String(100_000_000 + number).dropFirst())
    }

    /// Whether the left day comes before the right one.
    package static func < (left: SiteDay, right: SiteDay) -> Bool {
        left.date.daysSince1970 < right.date.daysSince1970
    }
}
