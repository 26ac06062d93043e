internal import TelemetryModel
internal import TelemetryStore

/// Verifies one NDJSON file.
struct FileVerifier {
    /// What a file's place implies for its lines.
    struct Expectation {
        var stream: EventStream?
        var runID: String?

        /// The last sequence number of the file before, and that file's name.
        var previous: (seq: UInt64, file: String)?
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
        while let line = try lines.next() {
            report.bytes = line.range.upperBound
            if !line.hasNewline, try isInUse(status) {
                report.isBeingWritten = true
                break
            }
            report.lines = line.number
            do throws(FileFault) {
                let event = try envelope.event(of: line)
                defer {
                    if report.firstSeq == nil { report.firstSeq = event.event.seq }
                    report.lastSeq = event.event.seq
                    report.endsMigrated = event.event.isMigrated
                }
                try check(event, expectation, last: report.lastSeq)
            } catch {
                report.add(error, line: line.number, offset: line.range.lowerBound)
            }
        }
        return report
    }

    private func check(_ event: StoredEvent, _ expectation: Expectation, last: UInt64?) throws(FileFault) {
        let seq = event.event.seq
        if let stream = expectation.stream, event.storage.stream != stream {
            throw .otherStream(event.storage.stream.rawValue, expected: stream.rawValue)
        }
        if let runID = expectation.runID {
            let found = event.event.meta.member("run_id")?.string
            if found != runID { throw .otherRun(found.map(Self.shortened), expected: runID) }
        }
        if let last {
            if seq <= last { throw .seqNotRising(seq, after: last, lastOf: nil) }
        } else if let previous = expectation.previous, seq <= previous.seq, !event.event.isMigrated {
            throw .seqNotRising(seq, after: previous.seq, lastOf: previous.file)
        }
    }

    /// A run's id as a report keeps it: a damaged line may hold one of megabytes, and a report a thousand such lines.
    private static func shortened(_ runID: String) -> String {
        guard runID.utf8.count > PathComponent.maximumLength else { return runID }
        var end = runID.utf8.index(runID.startIndex, offsetBy: PathComponent.maximumLength)
        while end.samePosition(in: runID.unicodeScalars) == nil { runID.utf8.formIndex(before: &end) }
        return runID[..<end] + "…"
    }
}
