internal import Glibc
package import TelemetryModel

/// The site day in the machine's time zone: `$TZ`, or `/etc/localtime`.
package enum LocalNoon {
    /// The site day that an instant lies in.
    ///
    /// The corresponding C function is `localtime_r(3)`.
    package static func siteDay(of instant: Timestamp) -> SiteDay {
        var seconds = time_t(instant.seconds)
        var local = tm()
        tzset()
        localtime_r(&seconds, &local)
        let date = CivilDate(
            year: Int64(local.tm_year) + 1_900, month: Int64(local.tm_mon) + 1, day: Int64(local.tm_mday))
        return SiteDay(localDate: date ?? CivilDate(daysSince1970: instant.seconds / 86_400), hour: Int(local.tm_hour))
    }

    /// The instant of local noon of a date.
    ///
    /// The corresponding C function is `mktime(3)`.
    package static func instant(on date: CivilDate) -> Timestamp {
        var local = tm()
        local.tm_year = Int32(date.year - 1_900)
        local.tm_mon = Int32(date.month - 1)
        local.tm_mday = Int32(date.day)
        local.tm_hour = 12
        local.tm_isdst = -1
        return Timestamp(milliseconds: Int64(mktime(&local)) * 1_000)
    }
}
