internal import TelemetryModel
internal import TelemetryStore

extension FilesReport {
    /// The report for people: a line for each file with its damage below it, and the totals.
    package var text: String {
        var output = files.map { $0.text(for: purpose) }
        let size = "\(counted(UInt64(files.count), "file")), \(counted(lines, "line")), \(ByteCount(bytes))"
        let damaged = UInt64(files.filter { $0.damagedLines > 0 }.count)
        var total = "no damage"
        if damaged > 0 { total = "\(counted(damagedLines, "damaged line")) in \(counted(damaged, "file"))" }
        if damaged > 0, purpose == .repair { total += ", \(files.reduce(0) { $0 + ($1.moved?.lines ?? 0) }) moved" }
        output.append("\(size): \(total)")
        return output.joined(separator: "\n")
    }
}

extension FileReport {
    /// So many damaged lines are shown of each file.
    private static let maximumShown = 20

    fileprivate func text(for purpose: FilesReport.Purpose) -> String {
        var head = "\(path): \(counted(lines, "line")), \(ByteCount(bytes))"
        if let firstSeq, let lastSeq { head += ", seq \(firstSeq) to \(lastSeq)" }
        if damagedLines > 0 { head += ", \(damagedLines) damaged" }
        if isBeingWritten { head += ", one more being written" }
        var output = [head]
        for damage in damage.prefix(Self.maximumShown) {
            let stays = purpose != .verification && !damage.fault.isUnreadableLine ? " (stays in place)" : ""
            output.append("  line \(damage.line), byte \(damage.offset): \(damage.fault)\(stays)")
        }
        if damagedLines > Self.maximumShown {
            output.append("  and \(counted(damagedLines - UInt64(Self.maximumShown), "more damaged line"))")
        }
        if let moved {
            output.append("  moved \(counted(moved.lines, "line")), \(ByteCount(moved.bytes)), to \(moved.sidecar)")
        } else if purpose == .dryRun, unreadableLines > 0 {
            output.append("  would move \(counted(unreadableLines, "line")) away")
        }
        if isChanging { output.append("  something writes to the file: nothing was moved") }
        if let correctedEvents { output.append("  events of run.json is now \(correctedEvents)") }
        return output.joined(separator: "\n")
    }
}

private func counted(_ count: UInt64, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
}
