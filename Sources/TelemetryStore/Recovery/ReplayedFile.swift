internal import Logging
internal import SimdJSON
internal import TelemetryModel

/// A file whose events recovery reads again, one after another. Damaged lines are counted, reported and left alone.
struct ReplayedFile {
    struct Line: SiteLine {
        let event: StoredEvent
        let end: Int64

        var seq: UInt64 { event.event.seq }
        var duringSeq: UInt64? { event.storage.during?.seq }
        var duringRunID: String? { event.storage.during?.runID }
        var time: Timestamp { event.time }
        var isMigrated: Bool { event.event.meta.member("migrated_from") != nil }
    }

    /// Whether the file is read from its start, because there was no position or the file no longer matches it.
    private(set) var isReadFromStart = false

    private let path: String
    private let descriptor: FileDescriptor?
    private let tools: StreamFile.Tools
    private let progress: RecoveryProgress

    /// Events up to this sequence number are in the view already.
    private let lastSeq: UInt64
    private var lines: LineReader.Lines?
    private var peeked: Line?
    private var readLines: UInt64 = 0
    private var damagedLines = 0
    private var firstDamage: Int64 = 0

    /// - Parameters:
    ///   - path: a file that need not exist; nil for no file.
    ///   - position: how far the view reflects the file.
    init(
        _ path: String?, after position: StreamPosition, _ tools: StreamFile.Tools, _ progress: RecoveryProgress
    ) throws(SystemError) {
        self.path = path ?? ""
        self.tools = tools
        self.progress = progress
        lastSeq = position.seq
        guard let path, let status = try tools.fileSystem.status(path), status.kind == .file else {
            descriptor = nil
            if let path, position.offset > 0 {
                tools.report(
                    found: "\(path), of which the checkpoint was made, is gone: numbers and current values are kept",
                    .stateUnusable, metadata: ["file": .string(path)])
            }
            return
        }
        let descriptor = try tools.fileSystem.openForReading(path)
        self.descriptor = descriptor
        let reader = LineReader(file: descriptor, fileSystem: tools.fileSystem)
        do throws(SystemError) {
            var start = position.offset
            if start > 0, try reader.bytes(from: start - 1, to: start) != [UInt8(ascii: "\n")] {
                tools.report(
                    found: "\(path) is not what the checkpoint was made of: it is read from its beginning",
                    .stateUnusable, metadata: ["file": .string(path)])
                start = 0
            }
            isReadFromStart = start == 0
            // What follows the last newline is a torn line: opening the file to append repairs it.
            let end = try reader.startOfLine(endingAt: status.size)
            lines = reader.lines(from: start, to: end)
            progress.expect(max(0, end - start))
        } catch {
            tools.fileSystem.close(descriptor)
            throw error
        }
    }

    /// The next event that the view does not reflect; nil when there is none.
    mutating func peek() throws(SystemError) -> Line? {
        if let line = peeked { return line }
        while let line = try lines?.next() {
            readLines += 1
            progress.read(line.end - line.offset)
            if let event = line.event(tools.parser) {
                if event.event.seq <= lastSeq { continue }
                peeked = Line(event: event, end: line.end)
                return peeked
            }
            if damagedLines == 0 { firstDamage = line.offset }
            damagedLines += 1
        }
        return nil
    }

    /// Consumes the event that ``peek()`` returned.
    mutating func take() {
        peeked = nil
    }

    /// The position at the end of a file that was read from its start.
    func end(after position: StreamPosition) -> StreamPosition {
        var position = position
        position.events = readLines - UInt64(damagedLines)
        return position
    }

    /// Closes the file and reports damaged lines.
    func close() {
        if let descriptor { tools.fileSystem.close(descriptor) }
        if damagedLines > 0 {
            let lines = "\(damagedLines) damaged line\(damagedLines == 1 ? "" : "s")"
            tools.report(
                found: "\(path) holds \(lines), the first at byte \(firstDamage): what is damaged is left as it is",
                .damageFound,
                metadata: [
                    "file": .string(path), "lines": .stringConvertible(damagedLines),
                    "first_offset": .stringConvertible(firstDamage),
                ])
        }
    }
}
