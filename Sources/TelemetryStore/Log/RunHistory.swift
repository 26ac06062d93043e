internal import SimdJSON
internal import TelemetryModel

/// The lines of one run's part of its file, read in either direction.
struct RunLines {
    let span: RunSpan
    private let reader: LogFileReader?
    private let direction: SiteHistory.Direction
    private var head: LogLine?

    /// Whether the last ``peek()`` found no further line.
    private(set) var isAtEnd = false

    /// Raises the limit in a file that is being written.
    mutating func extend(to limit: Int64) {
        reader?.limit = limit
    }

    var damagedLines: UInt64 { reader?.damagedLines ?? 0 }

    /// How much was not read yet, in bytes.
    var remainingBytes: Int64 { reader.map { $0.limit - $0.position } ?? 0 }

    /// The offset of the next line; nil for a run without a file.
    var position: Int64? { reader?.position }

    /// - Parameter reader: where it begins, or, backwards, ends; nil for a run without a file.
    init(_ span: RunSpan, _ reader: LogFileReader?, _ direction: SiteHistory.Direction) {
        self.span = span
        self.reader = reader
        self.direction = direction
    }

    /// The next line; nil when there is none.
    mutating func peek() throws(SystemError) -> LogLine? {
        if let head { return head }
        isAtEnd = true
        guard let reader else { return nil }
        switch direction {
        case .forwards:
            guard let line = try reader.next() else { return nil }
            if line.seq > span.lastSeq {
                reader.move(to: line.offset)
                return nil
            }
            head = line
        case .backwards:
            guard let line = try reader.previous(), line.seq > span.seqBefore else { return nil }
            head = line
        }
        isAtEnd = false
        return head
    }

    /// Consumes the line that ``peek()`` returned.
    mutating func take() {
        head = nil
    }

    /// Consumes the line that ``peek()`` returned, and those after it.
    ///
    /// - Parameters:
    ///   - stretch: begins with that line, and gets those after it that are at hand.
    ///   - isWanted: whether events of the run are.
    ///   - seq: all lines up to this number are.
    ///   - isNext: whether a line is to be read before any of the site stream.
    mutating func take(
        _ stretch: inout LineStretch, isWanted: Bool, allUpTo seq: UInt64, while isNext: (BorrowedLine) -> Bool
    ) throws(SystemError) {
        guard let line = head else { return }
        head = nil
        stretch.begin(.run(order: span.order, isWanted: isWanted), line)
        let lastSeq = span.lastSeq
        try reader?.readAhead(&stretch, allUpTo: min(seq, lastSeq)) { $0.seq <= lastSeq && isNext($0) }
    }
}

extension LogFiles {
    /// The parts of the log that all known runs hold, in their order.
    ///
    /// - Throws: ``SystemError`` when a directory could not be searched.
    func runSpans() throws(SystemError) -> [RunSpan] {
        try catalog.originals().flatMap(RunSpan.spans).sorted { ($0.order, $0.directory) < ($1.order, $1.directory) }
    }

    /// The lines of a run.
    ///
    /// - Parameters:
    ///   - active: the file if it is being written, which may be in its place no more, and how far it may be read, in
    ///     bytes; nil for one that is not.
    ///   - place: where to begin, or to end when read backwards; nil for all of its lines.
    /// - Returns: nil when the place is in a file that is gone or has become another one.
    func lines(
        of span: RunSpan, _ parser: JSONParser, _ direction: SiteHistory.Direction,
        active: (file: LogFile?, limit: Int64)?,
        at place: LogCursor.RunPlace? = nil, times: ClosedRange<Timestamp>? = nil
    ) throws(SystemError) -> RunLines? {
        let reader: LogFileReader
        let identity: FileStatus.Identity
        if let active {
            guard let file = active.file else { return place?.offset ?? 0 > 0 ? nil : RunLines(span, nil, direction) }
            reader = LogFileReader(.shared(file), fileSystem, parser, limit: active.limit)
            identity = file.identity
        } else {
            guard let (descriptor, status) = try open(RunStream.file(in: span.directory)) else {
                return place?.offset ?? 0 > 0 ? nil : RunLines(span, nil, direction)
            }
            reader = LogFileReader(.owned(descriptor), fileSystem, parser, limit: 0)
            reader.limit = try length(descriptor, size: status.size)
            identity = status.identity
        }
        // After that: a run that has used the directory since may have lines below the limit, and was known before them.
        let span = RunSpan.span(of: catalog.known(in: span.directory), order: span.order) ?? span
        // A place before the run's first line may be older than the run.
        if let place, place.seq > span.seqBefore || direction == .backwards {
            guard let offset = try reader.offset(of: place.seq, expectedAt: place.offset) else { return nil }
            reader.move(to: offset)
        } else if direction == .forwards {
            reader.move(to: 0)
            if span.seqBefore > 0 { try reader.move(after: span.seqBefore) }
        } else if span.lastSeq < .max {
            try reader.move(after: span.lastSeq)
        } else {
            reader.move(to: reader.limit)
        }
        try filter(reader, of: identity, at: RunStream.file(in: span.directory), by: times)
        return RunLines(span, reader, direction)
    }
}
