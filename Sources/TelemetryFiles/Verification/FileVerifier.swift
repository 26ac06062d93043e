internal import TelemetryModel
internal import TelemetryStore

/// Verifies one NDJSON file.
struct FileVerifier {
    /// What a file's place implies for its lines.
    struct Expectation {
        var stream: EventStream?
        var runs: RunParts?
    }

    let fileSystem: any FileSystem
    let progress: any ProgressObserver
    private let envelope = EnvelopeCheck()

    init(fileSystem: any FileSystem, progress: any ProgressObserver) {
        self.fileSystem = fileSystem
        self.progress = progress
    }

    /// Verifies a file up to its present length.
    ///
    /// - Parameter isInUse: called with the file's status at opening if the last line has no newline: whether a server
    ///   may be writing that line.
    func report(
        on path: String, _ expectation: Expectation,
        isInUse: (FileStatus) throws(SystemError) -> Bool
    ) throws(SystemError) -> FileReport {
        let file = try fileSystem.openForReading(path)
        defer { fileSystem.close(file) }
        let status = try fileSystem.status(of: file)
        var report = FileReport(path: path)
        var lines = LineScanner(file, of: fileSystem, end: status.size, progress: progress)
        var isAfterOwn = false
        while let line = try lines.next() {
            report.bytes = line.range.upperBound
            if !line.hasNewline, try isInUse(status) {
                report.isBeingWritten = true
                break
            }
            report.lines = line.number
            do throws(FileFault) {
                let event = try envelope.event(of: line)
                let seq = event.event.seq
                defer {
                    if report.firstSeq == nil { report.firstSeq = seq }
                    report.lastSeq = seq
                }
                try check(event, expectation, last: report.lastSeq, &isAfterOwn)
                if event.storage.stream == .site, !event.event.isMigrated {
                    let range = report.siteSeqs ?? seq...seq
                    report.siteSeqs = min(range.lowerBound, seq)...max(range.upperBound, seq)
                }
            } catch {
                report.add(error, line: line.number, offset: line.range.lowerBound)
            }
        }
        return report
    }

    /// - Parameter isAfterOwn: whether there was a line of the run in `run.json`.
    private func check(
        _ event: StoredEvent, _ expectation: Expectation, last: UInt64?, _ isAfterOwn: inout Bool
    ) throws(FileFault) {
        let seq = event.event.seq
        if let stream = expectation.stream, event.storage.stream != stream {
            throw .otherStream(event.storage.stream.rawValue, expected: stream.rawValue)
        }
        if let runs = expectation.runs {
            let found = event.event.meta.member("run_id")?.string
            let expected = runs.id(ofLine: seq, isAfterOwn: isAfterOwn)
            if let expected, found.map({ Array($0.utf8) }) != expected {
                throw .otherRun(found.map(Self.shortened), expected: String(decoding: expected, as: UTF8.self))
            }
            if found.map({ runs.isOwn($0) }) == true { isAfterOwn = true }
        }
        if let last, seq <= last { throw .seqNotRising(seq, after: last) }
    }

    /// A run's id as a report keeps it: a damaged line may hold one of megabytes, and a report a thousand such lines.
    private static func shortened(_ runID: String) -> String {
        guard runID.utf8.count > PathComponent.maximumLength else { return runID }
        var end = runID.utf8.index(runID.startIndex, offsetBy: PathComponent.maximumLength)
        while end.samePosition(in: runID.unicodeScalars) == nil { runID.utf8.formIndex(before: &end) }
        return runID[..<end] + "…"
    }
}
