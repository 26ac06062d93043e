internal import TelemetryModel
internal import TelemetryStore

/// Writes records, which are ordered by time, to one file for each day in UTC, with sequence numbers from 1 in each
/// file.
struct SiteFilesWriter {
    /// The start of each line, up to the sequence number.
    private static let head: StaticString = "{\"seq\":"

    let files: StagedFiles
    let observer: any MigrationObserver

    /// The rest of a line, after the sequence number.
    static func tail(of event: TelemetryEvent) -> ArraySlice<UInt8> {
        // The event's `seq` is 0, of one digit.
        event.line(EventStorage(stream: .site)).dropFirst(head.utf8CodeUnitCount + 1)
    }

    /// Writes all records, and returns the number of days.
    func write(_ records: inout RecordMerge) throws(SystemError) -> UInt64 {
        var days: UInt64 = 0
        while !records.isAtEnd {
            try writeDay(PanFileDate.day(of: records.header.time), &records)
            days += 1
        }
        return days
    }

    private func writeDay(_ day: Int64, _ records: inout RecordMerge) throws(SystemError) {
        let date = CivilDate(daysSince1970: day)
        let file = try files.create(SiteStream.name(of: SiteDay(localDate: date, hour: 12)))
        var seq: UInt64 = 0
        var done: Int64 = 0
        while !records.isAtEnd, PanFileDate.day(of: records.header.time) == day {
            seq += 1
            done += Int64(records.header.sourceLength)
            try file.write { bytes throws(SystemError) in
                bytes.append(ascii: Self.head)
                bytes.append(decimal: seq)
                try records.take(into: &bytes)
            }
            if done >= 1 << 20 { try report(&done) }
        }
        try file.finish()
        try report(&done)
    }

    private func report(_ done: inout Int64) throws(SystemError) {
        observer.advance(bytes: done)
        done = 0
        if observer.isCancelled { throw .cancelledMigration }
    }
}
