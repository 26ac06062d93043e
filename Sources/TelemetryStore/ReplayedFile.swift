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

    /// Whether all lines are read, because the file is not what the position was made of.
    private(set) var isReadFromStart = false

    private let path: String
    private let descriptor: FileDescriptor?
    private let tools: StreamFile.Tools

    /// Events up to this one have been taken in already.
    private let lastSeq: UInt64
    private var lines: LineReader.Lines?
    private var peeked: Line?
    private var readLines: UInt64 = 0
    private var damagedLines = 0
    private var firstDamage: Int64 = 0

    /// - Parameters:
    ///   - path: a file that need not exist; nil for no file.
    ///   - position: how far it has been taken in.
    init(_ path: String?, after position: StreamPosition, _ tools: StreamFile.Tools) throws(SystemError) {
        self.path = path ?? ""
        self.tools = tools
        lastSeq = position.seq
        guard let path, let status = try tools.fileSystem.status(path), status.kind == .file else {
            descriptor = nil
            return
        }
        let descriptor = try tools.fileSystem.openForReading(path)
        self.descriptor = descriptor
        let reader = LineReader(file: descriptor, fileSystem: tools.fileSystem)
        do throws(SystemError) {
            var start = position.offset
            if start > 0, try reader.bytes(from: start - 1, to: start) != [UInt8(ascii: "\n")] {
                tools.logger.warning(
                    "The file is not what the checkpoint was made of: it is read from its beginning",
                    metadata: ["file": .string(path)])
                start = 0
            }
            isReadFromStart = start == 0
            // What follows the last newline is a torn line: opening the file to append repairs it.
            lines = reader.lines(from: start, to: try reader.startOfLine(endingAt: status.size))
        } catch {
            tools.fileSystem.close(descriptor)
            throw error
        }
    }

    /// The next event that has not been taken in.
    mutating func next() throws(SystemError) -> Line? {
        if let line = peeked {
            peeked = nil
            return line
        }
        while let line = try lines?.next() {
            readLines += 1
            if let event = line.event(tools.parser) {
                if event.event.seq > lastSeq { return Line(event: event, end: line.end) }
            } else {
                if damagedLines == 0 { firstDamage = line.offset }
                damagedLines += 1
            }
        }
        return nil
    }

    /// The position at the end of a file that was read from its start.
    func end(after position: StreamPosition) -> StreamPosition {
        var position = position
        position.events = readLines - UInt64(damagedLines)
        return position
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
