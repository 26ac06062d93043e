internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// What is missing in an answer.
extension HistoryReader {
    /// The spans without samples that are longer than the query's gap, or 2.5 times what is usual. One may begin before the
    /// query's times, if the type is older; and what has not come by now is missing as well.
    func gaps(_ reading: Reading) throws(LogReadError) -> [Range<Timestamp>] {
        var spans = reading.samples.spans
        let rests = zip(spans, spans.dropFirst()).map { $1.lowerBound - $0.upperBound }
        var threshold = query.gap
        if threshold == nil, let interval = try usualInterval() {
            // The fields asked for may come less often than the type's events.
            let spacing = reading.samples.samples == nil ? reading.samples.spacing : nil
            let usual = spacing ?? rests.sorted().dropFirst(rests.count / 2).first ?? 0
            threshold = max(interval, usual) * 5 / 2
        }
        let end = min(times.upperBound, WallClock.system.peek().milliseconds, reading.completeTo ?? .max)
        // Where nothing came, how often is not known.
        guard let threshold = threshold ?? (spans.isEmpty ? 0 : nil), times.lowerBound < end else { return [] }
        let first = spans.first?.lowerBound ?? end
        if first - times.lowerBound > threshold, try hasEvents(before: times.lowerBound) {
            spans.insert(times.lowerBound...times.lowerBound, at: 0)
        }
        if !spans.isEmpty, spans[spans.count - 1].upperBound < end { spans.append(end...end) }
        // What is not indexed yet is not known to be missing.
        let start = max(times.lowerBound, reading.completeFrom?.milliseconds ?? .min)
        return zip(spans, spans.dropFirst()).compactMap { span, next in
            guard next.lowerBound - span.upperBound > threshold else { return nil }
            let (from, to) = (max(span.upperBound, start), min(next.lowerBound, end))
            return from < to ? Timestamp(milliseconds: from)..<Timestamp(milliseconds: to) : nil
        }
    }

    /// The usual time between events of the type, in milliseconds, in the newest file that tells; nil where none does.
    private func usualInterval() throws(LogReadError) -> Int64? {
        let times = files.map { file in file.state.withLock { $0.times?.upperBound ?? .min } }
        for index in times.indices.sorted(by: { times[$0] > times[$1] }) {
            guard let names = try tables.names(files[index], context), let type = names.table.type(type) else {
                continue
            }
            if let interval = names.statistics[type].interval { return interval }
        }
        return nil
    }

    /// Whether the type has an event that is older than an instant.
    func hasEvents(before time: Int64) throws(LogReadError) -> Bool {
        for file in files.reversed() where file.state.withLock({ $0.times?.lowerBound ?? .max }) < time {
            guard let names = try tables.names(file, context), let type = names.table.type(type) else { continue }
            if names.statistics[type].first < time { return true }
        }
        return false
    }

    /// Nothing of files that are not indexed yet is in the answer; their events are hardly later than this.
    var completeFrom: Timestamp? {
        // Nobody knows how new the events of a file are that cannot be read.
        if files.contains(where: { file in file.fault.withLock { $0 != nil } }) { return query.times.upperBound }
        let missing = files.filter { !$0.isComplete && !$0.isActive && $0.covered < $0.size }
        guard let latest = missing.map(\.modified).max(), latest >= times.lowerBound else { return nil }
        return Timestamp(milliseconds: latest + 1)
    }

    func isTypeKnown() throws(LogReadError) -> Bool {
        for file in files.reversed() {
            if try tables.table(of: file, context)?.type(type) != nil { return true }
        }
        return false
    }
}
