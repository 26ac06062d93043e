internal import TelemetryModel

/// Follows the log from a place on: from the ring that all followers share (``LiveFeed``), and from the files, at its own
/// pace, as long as it is further behind than that goes back. It needs no queue, and while nothing that it wants is
/// recorded it costs nothing.
///
/// It also gets ephemeral events as they pass, from when it was made on. One thread at a time uses it.
///
/// At the end ``next()`` returns nil. The caller then asks to be woken, and looks once more, since something may have been
/// committed in between; see ``LogReader``.
package final class LogFollower {
    enum Source {
        case files(LogReader)

        /// The number of the chunk that is read next.
        case feed(UInt64)
    }

    /// After how many events from the files it looks whether it may go on with the feed.
    private static let stretch = 256

    let log: CommittedLog
    let selection: LogSelection
    private let types: TypeFilter
    var source: Source

    /// How far it has come in the feed.
    var place: LivePlace?

    /// Whether it has not read anything of the feed since it read the files.
    var isEntering = false

    /// The chunk that is being read, the index of its next event, and the number of its next ephemeral event.
    var chunk: LogChunk?
    var index = 0
    var ephemeralNumber: UInt64 = 0

    private var readFromFiles = 0
    private var damagedBefore: UInt64 = 0

    /// What the feed is to wake this for; nil when it is not to.
    var waiter: UInt64?

    /// What the reader of the files is to call; nil when it is not to.
    private var awaited: (@Sendable () -> Void)?

    /// The number of the first ephemeral event that it has not had.
    var nextEphemeral: UInt64
    private var activeRun: ActiveRun

    /// How many ephemeral events it missed because it was too slow.
    package internal(set) var missedEphemeral: UInt64 = 0

    /// The place after what was read last.
    package internal(set) var cursor: LogCursor

    /// - Parameters:
    ///   - selection: which stored events are wanted.
    ///   - types: those of the events that it is to be woken for. It returns others as well.
    /// - Throws: ``LogReadError``; ``LogReadError/gone(_:)`` only for a cursor.
    package convenience init(
        _ log: CommittedLog, from start: LogReader.Start, _ selection: LogSelection = .all, types: TypeFilter = .all
    ) throws(LogReadError) {
        try self.init(log, selection, types) { () throws(LogReadError) in
            // What passes from now on is in the feed.
            let firstEphemeral = log.ephemeral.next
            return (try LogReader(log, from: start, selection), firstEphemeral)
        }
    }

    /// One that begins with what follows on the current view, and that view.
    ///
    /// - Throws: ``LogReadError``, but for ``LogReadError/gone(_:)``.
    package static func afterCurrent(
        of log: CommittedLog, _ selection: LogSelection = .all, types: TypeFilter = .all
    ) throws(LogReadError) -> (follower: LogFollower, view: CurrentRendering) {
        var view: CurrentRendering?
        let follower = try LogFollower(log, selection, types) { () throws(LogReadError) in
            let begun = try LogReader.afterCurrent(of: log, selection)
            view = begun.view
            return (begun.reader, begun.firstEphemeral)
        }
        guard let view else { throw .notReady }
        return (follower, view)
    }

    /// - Parameter begin: makes what reads the files, once the feed is there.
    private init(
        _ log: CommittedLog, _ selection: LogSelection, _ types: TypeFilter,
        _ begin: () throws(LogReadError) -> (reader: LogReader, firstEphemeral: UInt64)
    ) throws(LogReadError) {
        try log.feed.join(log)
        let reader: LogReader
        do throws(LogReadError) {
            (reader, nextEphemeral) = try begin()
        } catch {
            log.feed.leave()
            throw error
        }
        self.log = log
        self.selection = selection
        self.types = types
        source = .files(reader)
        cursor = reader.cursor
        activeRun = reader.activeRun
        enterFeed(from: reader)
    }

    deinit {
        stopWaiting()
        log.feed.leave()
    }

    /// The next event; nil when no more is committed that is wanted.
    ///
    /// - Throws: ``LogReadError/system(_:)`` when a file cannot be read, ``LogReadError/gone(_:)`` when one was taken away.
    package func next() throws(LogReadError) -> LogEntry? {
        while true {
            switch source {
            case .files(let reader):
                if let entry = try next(from: reader) { return entry }
                // It has read all there is, or the feed goes on from here.
                if case .files = source { return nil }
            case .feed(let number):
                if let entry = nextOfChunk() { return entry }
                if try !look(at: number) { return nil }
            }
        }
    }

    /// Takes lines that are in memory after they were read from a file; see ``LogReader/takeAtHand(_:)``. One that reads the
    /// feed takes none.
    package func takeAtHand(
        _ body: (_ text: UnsafeBufferPointer<UInt8>, _ type: UnsafeBufferPointer<UInt8>) -> Bool
    ) {
        guard case .files(let reader) = source else { return }
        reader.takeAtHand(body)
        cursor = reader.cursor
    }

    /// Takes sound lines together; see ``LogReader/takeSound(to:upTo:limit:)``. One that reads the feed takes none.
    package func takeSound(to buffer: inout [UInt8], upTo length: Int, limit: Int) -> Int {
        guard case .files(let reader) = source else { return 0 }
        let count = reader.takeSound(to: &buffer, upTo: length, limit: limit)
        cursor = reader.cursor
        return count
    }

    /// Whether the site directory was replaced by another one. There are no more events then.
    package var isOrphaned: Bool { log.snapshot().epoch != cursor.epoch }

    /// The id of the run that was active when the events were committed that are being read; nil when none was.
    package var activeRunID: String? { activeRun.id }

    /// How much is committed that was not read yet, in bytes; 0 for one that reads the feed.
    package var bytesBehind: Int64 {
        if case .files(let reader) = source { reader.bytesBehind } else { 0 }
    }

    /// How many damaged lines were skipped.
    package var damagedLines: UInt64 {
        if case .files(let reader) = source { damagedBefore + reader.damagedLines } else { damagedBefore }
    }

    /// Goes on with what is committed from now on.
    ///
    /// - Throws: ``LogReadError``, but for ``LogReadError/gone(_:)``.
    package func skip() throws(LogReadError) {
        let firstEphemeral = log.ephemeral.next
        begin(try LogReader(log, from: .end, selection))
        missedEphemeral += firstEphemeral - min(firstEphemeral, nextEphemeral)
        nextEphemeral = max(firstEphemeral, nextEphemeral)
        if case .files(let reader) = source { enterFeed(from: reader) }
    }

    /// Has `body` called once, soon after there is something to read, in place of one that was given before.
    ///
    /// It is called by a thread that all followers share, or by the caller's: it hands work on and returns.
    package func wake(_ body: @escaping @Sendable () -> Void) {
        stopWaiting()
        switch source {
        case .files(let reader):
            awaited = body
            reader.wake(body)
        case .feed(let number): waiter = log.feed.wait(at: number, selection, types, body)
        }
    }

    func stopWaiting() {
        if let waiter { log.feed.stopWaiting(waiter) }
        waiter = nil
        awaited = nil
    }

    /// Calls what the reader of the files, which is left, will not call any more.
    private func wakeNow() {
        defer { awaited = nil }
        awaited?()
    }

    // MARK: - The files

    private func next(from reader: LogReader) throws(LogReadError) -> LogEntry? {
        readFromFiles += 1
        if readFromFiles % Self.stretch == 0, enterFeed(from: reader) { return nil }
        let entry = try reader.next()
        cursor = reader.cursor
        note(reader.activeRun)
        if entry == nil { enterFeed(from: reader) }
        return entry
    }

    func note(_ run: ActiveRun) {
        if run.version > activeRun.version { activeRun = run }
    }

    /// Turns to the feed if it has all that is missing.
    @discardableResult
    private func enterFeed(from reader: LogReader) -> Bool {
        guard let place = reader.livePlace, let number = log.feed.position(after: place, selection)
        else { return false }
        damagedBefore += reader.damagedLines
        self.place = place
        source = .feed(number)
        isEntering = true
        wakeNow()
        return true
    }

    func begin(_ reader: LogReader) {
        wakeNow()
        stopWaiting()
        damagedBefore = damagedLines
        source = .files(reader)
        place = nil
        chunk = nil
        readFromFiles = 0
        cursor = reader.cursor
        note(reader.activeRun)
    }
}
