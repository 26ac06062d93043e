internal import Glibc
internal import Synchronization
internal import TelemetryClient
internal import TelemetryModel

/// Prints events as they are recorded, until a signal stops it.
///
/// A task prints, and the calling thread waits for signals: a reader of standard output that takes nothing holds up the
/// task, and through it the server, and Ctrl-C ends it all the same.
struct EventsFollower {
    /// What the task and the thread tell each other.
    private struct Progress {
        /// The place after the last event that was printed.
        var cursor: TelemetryCursor?

        /// Whether an event is being printed, whose place is not known as printed yet.
        var isPrinting = false

        /// Whether no further event is to be printed.
        var isStopped = false

        /// Why it ended; nil while it goes on.
        var end: Result<Void, TelemetryClientError>?
    }

    private final class Shared: Sendable {
        let progress = Mutex(Progress())
    }

    private let updates: TelemetryUpdates
    private let address: String
    private let printer: any RecordPrinter
    private let limit: Int?
    private let shared = Shared()

    /// - Parameter limit: how many events are printed; nil for all.
    init(_ updates: TelemetryUpdates, address: String, _ printer: any RecordPrinter, limit: Int?) {
        self.updates = updates
        self.address = address
        self.printer = printer
        self.limit = limit
    }

    /// Returns after SIGINT, SIGTERM or SIGHUP, at the limit, or when the server refuses.
    ///
    /// - Returns: why it cannot go on, and the place after the last event that was printed.
    func run() -> (failure: TelemetryClientError?, cursor: TelemetryCursor?) {
        // The end is announced with SIGUSR1, so that one wait covers it and the signals.
        var signals = SignalQueue([SIGINT, SIGTERM, SIGHUP, SIGUSR1])
        Task { [self] in
            let end = await follow()
            shared.progress.withLock { $0.end = end }
            SignalQueue.post(SIGUSR1)
        }
        while true {
            switch signals.next() {
            case SIGINT, SIGTERM, SIGHUP: return (nil, stop())
            default: Output.endIfNobodyReads()
            }
            let progress = shared.progress.withLock { $0 }
            switch progress.end {
            case .failure(let error)?: return (error, progress.cursor)
            case .success?: return (nil, progress.cursor)
            case nil: break
            }
        }
    }

    /// Lets the line be finished that is being printed, unless its reader takes nothing.
    private func stop() -> TelemetryCursor? {
        shared.progress.withLock { $0.isStopped = true }
        while true {
            let progress = shared.progress.withLock { $0 }
            guard progress.isPrinting, Output.hasRoom else { return progress.cursor }
            usleep(1_000)
        }
    }

    private func follow() async -> Result<Void, TelemetryClientError> {
        var printer = printer
        var count = 0
        var (isLost, hasBegun) = (false, false)
        do throws(TelemetryClientError) {
            for try await update in updates {
                switch update {
                case .event(let record):
                    let isStopped = shared.progress.withLock { progress in
                        progress.isPrinting = !progress.isStopped
                        return progress.isStopped
                    }
                    if isStopped { return .success(()) }
                    printer.print(record)
                    printer.flush()
                    count += 1
                case .missedEphemeral(let number):
                    Output.note("\(number) ephemeral events passed that there was no time for")
                case .disconnected(let error):
                    Output.note("\(error). Trying again until it answers")
                    isLost = true
                case .connected where !hasBegun:
                    try await printer.begin()
                    hasBegun = true
                case .connected where isLost:
                    Output.note("\(address) answers again")
                    isLost = false
                case .connected, .current, .run, .place: break
                }
                shared.progress.withLock { progress in
                    progress.isPrinting = false
                    progress.cursor = update.cursor ?? progress.cursor
                }
                if count == limit { break }
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }
}
