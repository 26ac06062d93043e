internal import Logging
internal import SimdJSON
internal import TelemetryModel

/// A file whose events are taken in again, one after another. Damaged lines are counted, reported and left alone.
struct ReplayedFile {
    struct Line {
        let event: StoredEvent
        let end: Int64

        func committed(_ stream: EventStream) -> CommittedEvent {
            CommittedEvent(
                stream: stream, type: event.event.type, seq: event.event.seq, time: event.time,
                makeCurrent: event.storage.makeCurrent, json: event.event.json, end: end)
        }
    }

    private let path: String
    private let descriptor: FileDescriptor?
    private let tools: StreamFile.Tools
    private var lines: LineReader.Lines?
    private var peeked: Line?
    private var damagedLines = 0
    private var firstDamage: Int64 = 0

    /// - Parameter path: a file that need not exist; nil for no file.
    init(_ path: String?, from offset: Int64, _ tools: StreamFile.Tools) throws(SystemError) {
        self.path = path ?? ""
        self.tools = tools
        guard let path, let status = try tools.fileSystem.status(path), status.kind == .file else {
            descriptor = nil
            return
        }
        let descriptor = try tools.fileSystem.openForReading(path)
        self.descriptor = descriptor
        let reader = LineReader(file: descriptor, fileSystem: tools.fileSystem)
        do throws(SystemError) {
            // What follows the last newline is a torn line: opening the file to append repairs it.
            let end = try reader.startOfLine(endingAt: status.size)
            lines = reader.lines(from: offset, to: end)
        } catch {
            tools.fileSystem.close(descriptor)
            throw error
        }
    }

    /// The next event.
    mutating func next() throws(SystemError) -> Line? {
        if let line = peeked {
            peeked = nil
            return line
        }
        while let line = try lines?.next() {
            if let event = line.event(tools.parser) { return Line(event: event, end: line.end) }
            if damagedLines == 0 { firstDamage = line.offset }
            damagedLines += 1
        }
        return nil
    }

    /// The next event, if its sequence number is not higher than `seq`.
    mutating func next(upTo seq: UInt64) throws(SystemError) -> Line? {
        guard let line = try next() else { return nil }
        if line.event.event.seq <= seq { return line }
        peeked = line
        return nil
    }

    /// Closes the file and reports the damage that was met.
    func close() {
        if let descriptor { tools.fileSystem.close(descriptor) }
        if damagedLines > 0 {
            tools.logger.warning(
                "The file holds damaged lines; they are left as they are",
                metadata: [
                    "file": .string(path), "lines": .stringConvertible(damagedLines),
                    "first_offset": .stringConvertible(firstDamage),
                ])
        }
    }
}
