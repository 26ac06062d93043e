internal import TelemetryModel

/// Where ephemeral events stand among the lines that a reader returns.
///
/// **Algorithm.** Stored and ephemeral events of a stream are numbered by one counter, so within a stream the numbers tell:
/// an ephemeral event comes before the first line of its stream with a higher number, and after those with lower ones. What
/// the ring holds of the events of a snapshot it holds before the snapshot can be taken; so the reader asks the ring after
/// each snapshot, and before it reads the lines of it.
///
/// The ring has the events in the order in which they were recorded, and so has the log its lines. So an event that
/// comes before a line lets all before itself in the ring pass too.
extension LogReader {
    /// The next ephemeral event, if it comes before the next line.
    func takeEphemeral() -> EphemeralEvent? {
        guard let line = stretch.first, ephemeral.contains(where: { comes($0, before: line) }) else { return nil }
        return ephemeral.popFirst()
    }

    private func comes(_ event: EphemeralEvent, before line: PlacedLine) -> Bool {
        switch (event.stream, stretch.source) {
        case (.site, .site): siteHistory == nil && event.seq < line.head.seq
        case (.run, .run):
            historicalRun == nil
                && (event.runMark, event.seq) < (liveRuns.markNumber, line.head.seq)
        case (.site, .run), (.run, .site): false
        }
    }

    /// The next ephemeral event, if it is one of the run that has been read to its end, or there is one behind it.
    func takeEphemeralOfRun() -> EphemeralEvent? {
        guard isRunLive, liveRuns.span != nil else { return nil }
        let mark = liveRuns.markNumber
        return ephemeral.contains { $0.stream == .run && $0.runMark <= mark } ? ephemeral.popFirst() : nil
    }

    /// The next ephemeral event, if all lines before it are in the snapshot.
    func takeCommittedEphemeral() -> EphemeralEvent? {
        guard let event = ephemeral.first else { return nil }
        let isCommitted =
            switch event.stream {
            case .site: event.seq <= snapshot.siteCommitted.seq
            case .run: (event.runMark, event.seq) <= (snapshot.run.number, snapshot.runCommitted.seq)
            }
        return isCommitted ? ephemeral.popFirst() : nil
    }

    /// Gets what has passed since the last call. What waits for its turn is given up if the ring did not keep what followed.
    func pullEphemeral() {
        guard var next = nextEphemeral else { return }
        while true {
            let (events, missed) = log.ephemeral.events(from: next)
            if missed > 0 {
                missedEphemeral += UInt64(ephemeral.count) + missed
                ephemeral = []
            }
            next += missed + UInt64(events.count)
            nextEphemeral = next
            if events.isEmpty { return }
            ephemeral += events
        }
    }
}
