internal import TelemetryModel

/// How a follower reads the chunks of the ring.
extension LogFollower {
    /// The next event of the chunk that is being read; nil at its end.
    func nextOfChunk() -> LogEntry? {
        guard let chunk else { return nil }
        while index < chunk.entries.count {
            let entry = chunk.entries[index]
            index += 1
            guard isNew(entry, chunk), chunk.isWanted(entry, selection) else { continue }
            return entry.cursor == nil ? entry : entry.moved(to: cursor)
        }
        advance(to: chunk.end)
        self.chunk = nil
        return nil
    }

    /// Goes on behind an event.
    ///
    /// - Returns: false for one that it has had, or that was committed before it was made.
    func isNew(_ entry: LogEntry, _ chunk: LogChunk) -> Bool {
        guard let after = entry.cursor else {
            ephemeralNumber += 1
            if ephemeralNumber <= nextEphemeral { return false }
            nextEphemeral = ephemeralNumber
            return true
        }
        guard place?.pass(entry, after, chunk.context) ?? false else { return false }
        cursor = place?.cursor ?? cursor
        return true
    }

    func advance(to end: LivePlace) {
        place?.advance(to: end)
        cursor = place?.cursor ?? cursor
    }

    /// Looks for the next chunk.
    ///
    /// - Returns: false when there is nothing to read.
    func look(at number: UInt64) throws(LogReadError) -> Bool {
        switch log.feed.look(at: number, waiter) {
        case .chunk(let chunk, let number):
            stopWaiting()
            source = .feed(number + 1)
            begin(chunk)
            return true
        case .nothing(let number, let end, let nextEphemeral):
            source = .feed(number)
            advance(to: end)
            pass(ephemeral: nextEphemeral)
            return false
        case .lost:
            if isOrphaned { return false }
            begin(try LogReader(log, from: .cursor(cursor), selection))
            return true
        }
    }

    func begin(_ chunk: LogChunk) {
        advance(to: chunk.start)
        (self.chunk, index, ephemeralNumber) = (chunk, 0, chunk.firstEphemeral)
        note(chunk.context.activeRun)
        var first = ephemeralNumber
        if isEntering, let last = chunk.entries.lastIndex(where: { hadFromFiles($0, chunk) }) {
            // An ephemeral event that passed before one that came from the files is late.
            first += UInt64(chunk.entries[...last].count { $0.cursor == nil })
        }
        pass(ephemeral: first, missed: chunk.missedEphemeral)
    }

    func hadFromFiles(_ entry: LogEntry, _ chunk: LogChunk) -> Bool {
        var place = place
        return entry.cursor.flatMap { place?.pass(entry, $0, chunk.context) } == false
    }

    /// Goes on with an ephemeral event.
    ///
    /// - Parameter missed: how many were lost before it.
    func pass(ephemeral number: UInt64, missed: UInt64 = 0) {
        // One that comes from the files was too slow for them; while one waits only those pass that it does not want.
        let behind = number - min(number, nextEphemeral)
        missedEphemeral += isEntering ? behind : min(behind, missed)
        nextEphemeral = max(nextEphemeral, number)
        isEntering = false
    }
}
