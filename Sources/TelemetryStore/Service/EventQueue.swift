internal import TelemetryModel

/// Submissions that wait for one another, so that those that come in at the same time are recorded together.
///
/// Waiting pays only when several come, and whether they do is unknown, so the queue probes: now and then a submission
/// waits, and when it stays alone the next ones are recorded at once for a while.
struct EventQueue: Sendable {
    /// The smallest number of submissions that is worth the wait.
    private static let worthwhile = 2

    /// How many submissions are recorded at once before the queue probes again.
    private static let pause = 100

    private var submissions: [Submission] = []

    /// Memory for the next submissions, while those before them are being recorded.
    private var spare: [Submission] = []

    /// How many more submissions are recorded without waiting.
    private var pauseLeft = 0

    /// Queues a submission if it should wait for others.
    ///
    /// - Parameter isPatient: whether its reply waits for the disk in any case, so that waiting for others costs
    ///   nothing.
    /// - Returns: whether it was queued; if not, the caller records it now.
    mutating func takes(_ submission: Submission, isPatient: Bool) -> Bool {
        if !isPatient, submissions.isEmpty, pauseLeft > 0 {
            pauseLeft -= 1
            return false
        }
        submissions.append(submission)
        return true
    }

    /// The submissions that have waited, in their order.
    mutating func takeAll() -> [Submission] {
        if submissions.isEmpty { return [] }
        var taken: [Submission] = []
        swap(&taken, &submissions)
        swap(&submissions, &spare)
        if taken.count < Self.worthwhile { pauseLeft = Self.pause }
        return taken
    }

    /// Takes back the memory of recorded submissions for reuse, unless there were unusually many.
    mutating func reuse(_ memory: consuming [Submission]) {
        spare = memory.capacity <= 1_024 ? memory : []
    }
}
