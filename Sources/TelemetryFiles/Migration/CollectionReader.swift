internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

/// Reads the records of one collection, in file order.
struct CollectionReader {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    let collection: PanFileCollection
    let fileSystem: any FileSystem
    let observer: any MigrationObserver
    private let parser = JSONParser(maximumDepth: PanFileRecord.maximumDepth)

    init(_ collection: PanFileCollection, _ fileSystem: any FileSystem, _ observer: any MigrationObserver) {
        self.collection = collection
        self.fileSystem = fileSystem
        self.observer = observer
    }

    /// Reads all lines, and counts them in the report. Empty lines are skipped.
    ///
    /// - Parameters:
    ///   - take: called with each record and the length of its line in bytes.
    ///   - reject: called for each line that cannot be made into an event, with the file and the line's byte range
    ///     without the newline.
    func read(
        _ report: inout MigrationReport,
        take: (PanFileRecord, Int) throws(SystemError) -> Void,
        reject: (FileDescriptor, Range<Int64>) throws(SystemError) -> Void
    ) throws(SystemError) {
        let file = try fileSystem.openForReading(collection.path)
        defer { fileSystem.close(file) }
        var lines = LineScanner(
            file, of: fileSystem, end: collection.size, progress: observer, maximumLength: PanFileRecord.maximumLength)
        while let line = try lines.next() {
            if observer.isCancelled { throw .cancelledMigration }
            switch record(of: line) {
            case nil: break
            case .success(let record):
                report.add(record)
                observer.read(record.event)
                if let date = record.unusableDate { warn(.undated(date), line, &report) }
                try take(record, line.range.count)
            case .failure(let reason):
                warn(reason, line, &report)
                try reject(file, line.range.lowerBound..<line.range.upperBound - (line.hasNewline ? 1 : 0))
            }
        }
    }

    /// The record of a line; nil if the line is empty.
    private func record(of line: LineScanner.Line) -> Result<PanFileRecord, MigrationWarning.Reason>? {
        guard var text = line.text else { return .failure(.tooLong) }
        if line.number == 1, text.starts(with: Self.byteOrderMark) { text.removeFirst(Self.byteOrderMark.count) }
        if text.allSatisfy(Self.isWhiteSpace) { return nil }
        return Result { () throws(MigrationWarning.Reason) in
            try PanFileRecord(line: text, of: collection.name, parser)
        }
    }

    private func warn(_ reason: MigrationWarning.Reason, _ line: LineScanner.Line, _ report: inout MigrationReport) {
        let warning = MigrationWarning(file: collection.path, line: line.number, reason: reason)
        report.add(warning)
        observer.warn(warning)
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
    }
}
