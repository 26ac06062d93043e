internal import Glibc
package import TelemetryModel

extension LocalNoon {
    private static let localTime = "/etc/localtime"

    /// The time zone of local noon, for people and programs elsewhere: its name in the tz database, such as `Pacific/Honolulu`.
    ///
    /// A machine may have no name for it: `$TZ` is a rule (`HST10`), or `/etc/localtime` is a file and not a link. Then it is the
    /// zone's offset from UTC at an instant, as RFC 3339 has it: `-10:00`.
    package static func timeZone(at instant: Timestamp) -> String {
        name ?? offset(at: instant)
    }

    /// What tzset(3) takes for the zone.
    private static var name: String? {
        guard let variable = getenv("TZ").map({ String(cString: $0) }) else {
            return access(localTime, F_OK) == 0 ? name(ofFile: localTime) : "UTC"
        }
        let text = variable.utf8.first == UInt8(ascii: ":") ? String(variable.dropFirst()) : variable
        if text.isEmpty { return "UTC" }
        if text.utf8.first == UInt8(ascii: "/") { return name(ofFile: text) }
        // Debian has a file of this name beside the zones, which leads to the machine's own.
        if text == "localtime" { return name(ofFile: localTime) }
        let directory = getenv("TZDIR").map { String(cString: $0) } ?? "/usr/share/zoneinfo"
        var status = stat()
        guard stat("\(directory)/\(text)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return name(inPath: "/zoneinfo/\(text)")
    }

    /// The name of the zone that a file has, or the file that it is a link to.
    private static func name(ofFile path: String) -> String? {
        if let name = name(inPath: path) { return name }
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink(path, &target, target.count)
        let bytes = target.prefix(max(0, length)).map { UInt8(bitPattern: $0) }
        return name(inPath: String(decoding: bytes, as: UTF8.self))
    }

    /// The name in the path of a zone's file: what comes after `zoneinfo`.
    private static func name(inPath path: String) -> String? {
        let parts = path.split(separator: "/")
        guard let directory = parts.lastIndex(of: "zoneinfo") else { return nil }
        var name = parts[(directory + 1)...]
        // The same zones once more, with and without leap seconds.
        if name.first == "posix" || name.first == "right" { name = name.dropFirst() }
        return name.isEmpty || name.contains("..") ? nil : name.joined(separator: "/")
    }

    private static func offset(at instant: Timestamp) -> String {
        var seconds = time_t(instant.seconds)
        var local = tm()
        tzset()
        localtime_r(&seconds, &local)
        let minutes = abs(local.tm_gmtoff) / 60
        func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(local.tm_gmtoff < 0 ? "-" : "+")\(digits(minutes / 60)):\(digits(minutes % 60))"
    }
}
