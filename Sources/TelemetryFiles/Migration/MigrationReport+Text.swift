internal import TelemetryModel
internal import TelemetryStore

extension MigrationReport {
    /// The report for people: a line for each collection, and the totals.
    package var text: String {
        var output = collections.map(\.text)
        let read = "\(counted(UInt64(collections.count), "collection")), \(counted(records, "record")), "
        output.append(read + "\(counted(days, "day")), \(counted(warningCount, "warning"))")
        if undated > 0 {
            let verb = undated == 1 ? "stands" : "stand"
            output.append("\(counted(undated, "record")) without a usable date \(verb) at 1970-01-01T00:00:00.000Z")
        }
        if isDryRun {
            output.append("Dry run: nothing was written to \(destination)")
        } else {
            let unchanged = filesUnchanged > 0 ? "; \(filesUnchanged) were there already, with the same content" : ""
            output.append("\(counted(UInt64(filesWritten), "file")) written to \(destination)\(unchanged)")
        }
        return output.joined(separator: "\n")
    }
}

extension MigrationReport.Collection {
    fileprivate var text: String {
        var text = "\(path): \(counted(records, "record")), \(ByteCount(bytes))"
        if undated > 0 { text += ", \(undated) without a usable date" }
        if rejected > 0 { text += ", \(rejected) rejected" }
        if let rejectedFile { text += "\n  the rejected lines are in \(rejectedFile)" }
        return text
    }
}

private func counted(_ count: UInt64, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
}
