internal import Glibc
package import Logging
internal import Synchronization

/// The log: writes records to the journal if standard error is connected to it, and otherwise as lines to standard
/// error.
package final class ServiceLog: Sendable {
    private let identifier: String

    /// Whether records go to the journal.
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

    /// The lowest level that is written, for every logger that has no level of its own. A change applies to all of them
    /// at once, from any thread.
    package var minimumLevel: Logger.Level {
        get { Logger.Level.allCases[level.load(ordering: .relaxed)] }
        set { level.store(Logger.Level.allCases.firstIndex(of: newValue) ?? 0, ordering: .relaxed) }
    }

    /// A logger that writes here.
    package func logger(label: String) -> Logger {
        Logger(label: label) { _ in ServiceLogHandler(log: self) }
    }

    /// Writes what ``RepeatedReports`` has held back for a minute. Call it every few seconds.
    ///
    /// - Parameter isEnding: whether to write everything that is held back.
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
                // Not lost: standard error leads to the journal as well.
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

/// The handler of a ``ServiceLog``'s loggers. It has value semantics, as swift-log requires: setting a logger's level
/// or metadata affects neither its copies nor other loggers.
struct ServiceLogHandler: LogHandler {
    let log: ServiceLog
    var metadata: Logger.Metadata = [:]

    /// Nil: the log's ``ServiceLog/minimumLevel`` applies.
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
