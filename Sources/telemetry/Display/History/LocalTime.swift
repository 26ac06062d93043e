internal import Glibc
internal import TelemetryModel

/// What the clocks on the wall show, wherever these are.
struct LocalClock: Sendable {
    /// How far they are ahead of UTC at an instant, in seconds, and the name of the time zone then, such as `CEST`.
    let offset: @Sendable (Timestamp) -> (seconds: Int64, zone: String)

    /// That of this machine's time zone: `$TZ`, or `/etc/localtime`.
    ///
    /// The corresponding C function is `localtime_r(3)`.
    static let ofMachine = LocalClock { instant in
        var seconds = time_t(instant.seconds)
        var local = tm()
        tzset()
        guard localtime_r(&seconds, &local) != nil, let zone = local.tm_zone else { return (0, "UTC") }
        return (Int64(local.tm_gmtoff), String(cString: zone))
    }

    /// The instant at which a day begins, given in days since 1970-01-01.
    func beginning(ofDay day: Int64) -> Timestamp {
        let midnight = Timestamp(milliseconds: day * 86_400_000)
        let nearby = midnight.advanced(bySeconds: -offset(midnight).seconds)
        return midnight.advanced(bySeconds: -offset(nearby).seconds)
    }
}

/// An instant as a clock on the wall shows it.
struct LocalTime {
    let date: CivilDate

    /// Since midnight by the clock, and how many milliseconds of the second have passed.
    let secondOfDay: Int64
    let millisecond: Int64

    /// How far the clock is ahead of UTC, in seconds.
    let offset: Int64

    /// The name of the time zone then, such as `CEST`.
    let zone: String

    init(_ instant: Timestamp, on clock: LocalClock) {
        (offset, zone) = clock.offset(instant)
        let (second, millisecond) = instant.milliseconds.divided(by: 1_000)
        let (day, secondOfDay) = (second + offset).divided(by: 86_400)
        date = CivilDate(daysSince1970: day)
        self.secondOfDay = secondOfDay
        self.millisecond = millisecond
    }

    /// `22:05`, `22:05:30` or `22:05:30.250`.
    func clock(seconds: Bool = false, milliseconds: Bool = false) -> String {
        var text = Self.two(secondOfDay / 3_600) + ":" + Self.two(secondOfDay / 60 % 60)
        if seconds || milliseconds { text += ":" + Self.two(secondOfDay % 60) }
        if milliseconds { text += "." + (millisecond < 100 ? "0" : "") + Self.two(millisecond) }
        return text
    }

    /// `2026-05-20`
    var day: String { "\(year)-\(Self.two(date.month))-\(Self.two(date.day))" }

    /// `2026`
    var year: String { String(repeating: "0", count: max(0, 4 - String(date.year).utf8.count)) + String(date.year) }

    /// `May`
    var month: String {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][Int(date.month - 1)]
    }

    private static func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
}
