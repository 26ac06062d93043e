package import TelemetryModel

/// The stream that is always there: one file for each site day.
package struct SiteStream: Sendable {
    let directory: String
    private(set) var file: StreamFile
    private var day: SiteDay?

    /// The instants for which no other day can be due.
    private var span: Range<Timestamp>

    /// How far the clock may go back, in seconds, before events go to an earlier day's file again.
    ///
    /// A corrected clock or a changed time zone must not reopen a day that has ended. But a clock that was far in the
    /// future must not keep its file for ever.
    private static let clockTolerance: Int64 = 86_400

    /// - Parameter name: the name of the file in use; nil when there is none.
    init(directory: String, name: String?, lastSeq: UInt64) {
        self.directory = directory
        day = name.flatMap(Self.day)
        file = StreamFile(path: Path.join(directory, name ?? ""), lastSeq: lastSeq)
        span = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: 0)
    }

    /// The file's name; empty when there is none.
    var name: String { day.map(Self.name) ?? "" }

    /// Whether an instant belongs to a file other than the one in use.
    mutating func isDayOver(at now: Timestamp) -> Bool {
        if span.contains(now) { return false }
        let due = LocalNoon.siteDay(of: now)
        if let day {
            let start = LocalNoon.instant(on: day.startDate)
            let earliest = start.advanced(bySeconds: -Self.clockTolerance)
            if due == day || due < day && now >= earliest {
                let end = LocalNoon.instant(on: day.endDate)
                if earliest < end { span = earliest..<end }
                return false
            }
        }
        return true
    }

    /// Turns to the file of the day that contains an instant. It is opened by ``open(_:)``.
    mutating func turn(at now: Timestamp) {
        let due = LocalNoon.siteDay(of: now)
        day = due
        file = StreamFile(path: Path.join(directory, Self.name(of: due)), lastSeq: file.lastSeq)
    }

    mutating func isInPlace(_ tools: StreamFile.Tools) throws(SystemError) -> Bool { try file.isInPlace(tools) }

    mutating func open(_ tools: StreamFile.Tools) throws(SystemError) { try file.open(tools) }

    mutating func append(_ lines: UnsafeRawBufferPointer, through seq: UInt64) throws(SystemError) {
        try file.append(lines, through: seq)
    }

    package static func name(of day: SiteDay) -> String { "site_\(day.key).ndjson" }

    /// The day of a site file's name; nil when it is none.
    package static func day(ofName name: String) -> SiteDay? {
        guard name.hasPrefix("site_"), name.hasSuffix(".ndjson") else { return nil }
        return SiteDay(key: name.dropFirst(5).dropLast(7))
    }
}
