internal import TelemetryModel

/// The stream of each event of a submission, and the type that becomes current with it.
struct SubmissionTargets: Sendable {
    struct Target: Sendable {
        let stream: EventStream

        /// The number of its type; -1 when the event does not become current.
        let type: Int
    }

    private(set) var list: [Target] = []
    private(set) var siteCount = 0
    private(set) var runCount = 0
    private(set) var isSiteWritten = false
    private(set) var isRunWritten = false

    /// How many types there are with those of the submission.
    private(set) var typeCount = 0

    private var undo = CurrentViewBudget.Undo.nothing

    /// Finds the targets of a submission, reusing the memory of the previous one.
    ///
    /// - Throws: ``TelemetryError`` when an event breaks a limit or has no stream. Then `budget` is unchanged.
    ///
    /// - Parameters:
    ///   - budget: takes in what becomes current; as it was when this throws.
    ///   - stream: where an event goes.
    mutating func find(
        _ requests: EventRequests, _ budget: inout CurrentViewBudget,
        stream: (EventParts, UnsafeBufferPointer<UInt8>) throws(TelemetryError) -> EventStream
    ) throws(TelemetryError) {
        list.removeAll(keepingCapacity: true)
        (siteCount, runCount) = (0, 0)
        (isSiteWritten, isRunWritten) = (false, false)
        if let parts = requests.single {
            undo = .nothing
            do throws(TelemetryError) {
                try requests.text.span.withUnsafeBufferPointer { text throws(TelemetryError) in
                    let stream = try stream(parts, text)
                    var type = -1
                    if parts.makeCurrent {
                        let change = try budget.take(parts, of: text)
                        undo = .change(change)
                        type = change.type
                    }
                    note(parts, stream, type)
                }
            } catch {
                throw requests.locating(error, at: parts)
            }
        } else {
            undo = .all(CurrentViewBudget.Snapshot(budget))
            do throws(TelemetryError) {
                try requests.text.span.withUnsafeBufferPointer { text throws(TelemetryError) in
                    for parts in requests.several {
                        let stream = try stream(parts, text)
                        note(parts, stream, parts.makeCurrent ? try budget.take(parts, of: text).type : -1)
                    }
                }
            } catch {
                let refusal = Self.refusal(of: requests, from: list.count, error, &budget)
                budget.revert(undo)
                undo = .nothing
                throw refusal
            }
        }
        typeCount = budget.types.count
    }

    /// Why a batch is refused: the faults of all requests that would make the current view too large. What else refuses a
    /// request is told of the first one alone.
    ///
    /// - Parameters:
    ///   - index: of the first request that is refused, with `error`.
    ///   - budget: with what was taken in before; the caller reverts it.
    private static func refusal(
        of requests: EventRequests, from index: Int, _ error: TelemetryError, _ budget: inout CurrentViewBudget
    ) -> TelemetryError {
        guard case .invalid = error else { return requests.locating(error, at: requests.several[index]) }
        var (faults, lines) = (LineFaults(), requests.lineNumbers)
        faults.add(error, line: lines.number(of: requests.several[index]))
        requests.text.span.withUnsafeBufferPointer { text in
            for parts in requests.several[(index + 1)...] where parts.makeCurrent {
                do throws(TelemetryError) {
                    _ = try budget.take(parts, of: text)
                } catch {
                    // It is an arbitrary number of lines, and the recorder's lock is held.
                    if faults.isListFull { return faults.countLastUnlisted() }
                    faults.add(error, line: lines.number(of: parts))
                }
            }
        }
        return faults.refusal ?? error
    }

    @inline(__always)
    private mutating func note(_ parts: EventParts, _ stream: EventStream, _ type: Int) {
        switch stream {
        case .site:
            siteCount += 1
            if parts.storePermanently { isSiteWritten = true }
        case .run:
            runCount += 1
            if parts.storePermanently { isRunWritten = true }
        }
        list.append(Target(stream: stream, type: type))
    }

    /// Hands over what takes the submission out of the budget. It may hold a copy of the whole budget, so it is not
    /// kept here.
    mutating func takeUndo() -> CurrentViewBudget.Undo {
        defer {
            undo = .nothing
            // What a large batch took is given back at once.
            if list.count > 1_024 { list = [] }
        }
        return undo
    }
}
