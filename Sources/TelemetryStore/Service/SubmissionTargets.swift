internal import TelemetryModel

/// To which stream each event of a submission goes, and what becomes current with it.
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

    /// Finds the targets of a submission, in the memory of the one before.
    ///
    /// - Parameters:
    ///   - budget: takes in what becomes current; as it was when this throws.
    ///   - stream: where an event goes.
    mutating func find(
        _ requests: EventRequests, _ budget: inout CurrentViewBudget,
        stream: (EventParts, UnsafeBufferPointer<UInt8>) throws(TelemetryError) -> EventStream
    ) throws(TelemetryError) {
        list.removeAll(keepingCapacity: list.capacity <= 1_024)
        (siteCount, runCount) = (0, 0)
        (isSiteWritten, isRunWritten) = (false, false)
        undo = requests.count == 1 ? .nothing : .all(budget)
        do throws(TelemetryError) {
            try requests.text.span.withUnsafeBufferPointer { text throws(TelemetryError) in
                for place in requests.parts.indices {
                    let parts = requests.parts[place]
                    let stream = try stream(parts, text)
                    let change = try budget.change(for: parts, of: text)
                    budget.apply(change)
                    if requests.count == 1, let change { undo = .change(change) }
                    switch stream {
                    case .site:
                        siteCount += 1
                        isSiteWritten = isSiteWritten || parts.storePermanently
                    case .run:
                        runCount += 1
                        isRunWritten = isRunWritten || parts.storePermanently
                    }
                    list.append(Target(stream: stream, type: change?.type ?? -1))
                }
            }
        } catch {
            budget.revert(undo)
            undo = .nothing
            throw error
        }
        typeCount = budget.types.count
    }

    /// What takes the submission out of the budget again. It may hold the budget as it was, and is not kept here.
    mutating func takeUndo() -> CurrentViewBudget.Undo {
        defer { undo = .nothing }
        return undo
    }
}
