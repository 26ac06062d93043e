internal import Glibc
package import Logging
internal import Synchronization

/// Where reports go: to the journal when standard error is connected to it, else as lines to standard error.
package final class ServiceLog: Sendable {
    private let identifier: String

    /// Whether reports go to the journal.
    package let isJournal: Bool

    private let isColored: Bool
    private let level = Atomic<Int>(0)
    private let repeated = Mutex(RepeatedReports())

    /// - Parameter identifier: the program's name in the journal.
    package init(identifier: String, level: Logger.Level) {
        self.identifier = identifier
        isJournal = Self.isJournal(STDERR_FILENO)
        isColored = isatty(STDERR_FILENO) == 1 && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
        self.minimumLevel = level
    }

    /// The lowest level that is written, for every logger whose level was not set for itself. Another one holds for all of
    /// them at once.
    package var minimumLevel: Logger.Level {
        get { Logger.Level.allCases[level.load(ordering: .relaxed)] }
        set { level.store(Logger.Level.allCases.firstIndex(of: newValue) ?? 0, ordering: .relaxed) }
    }

    /// A logger that writes here.
    package func logger(label: String) -> Logger {
        Logger(label: label) { _ in ServiceLogHandler(log: self) }
    }

    /// Writes the reports that were held back for a minute because they repeat each other. Call it every few seconds.
    ///
    /// - Parameter isEnding: whether to write all that are held back.
    package func writeRepeated(isEnding: Bool = false) {
        let due = repeated.withLock { $0.due(at: .now, isEnding: isEnding) }
        for record in due { put(record) }
    }

    func write(_ record: LogRecord) {
        let isAdmitted = repeated.withLock { $0.admits(record, at: .now) }
        if isAdmitted { put(record) }
    }

    private func put(_ record: LogRecord) {
        if isJournal {
            do throws(SystemdError) {
                return try JournalEntry(record, identifier: identifier).send()
            } catch {
                // What the journal does not take is not lost: standard error leads to it as well.
            }
        }
        var line = Array(LogLine(record, at: time(nil), isColored: isColored).text.utf8)[...]
        while !line.isEmpty {
            let count = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            line = line.dropFirst(count)
        }
    }

    /// Whether a descriptor is the stream that the service manager connected to the journal.
    ///
    /// The device and inode in `$JOURNAL_STREAM` tell (`systemd.exec(5)`).
    private static func isJournal(_ descriptor: Int32) -> Bool {
        guard let variable = getenv("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        return String(cString: variable) == "\(status.st_dev):\(status.st_ino)"
    }
}

/// The handler of the loggers of a ``ServiceLog``. Its level and its metadata are those of one logger, as swift-log wants it.
struct ServiceLogHandler: LogHandler {
    let log: ServiceLog
    var metadata: Logger.Metadata = [:]

    /// Nil while the level of the log holds.
    private var ownLevel: Logger.Level?

    init(log: ServiceLog) {
        self.log = log
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? log.minimumLevel }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        log.write(LogRecord(event, metadata: metadata))
    }
}
