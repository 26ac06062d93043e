internal import TelemetryModel

/// Submissions that wait for one another, so that those that come in at the same time are recorded together.
///
/// Waiting pays only when several come, and whether they do is unknown, so the queue probes: now and then a submission
/// waits, and when it stays alone the next ones are recorded at once for a while.
struct EventQueue: Sendable {
    /// The least number of submissions that make up for the wait.
    private static let worthwhile = 2

    /// How many submissions are recorded at once before the queue probes again.
    private static let pause = 100

    private var submissions: [Submission] = []

    /// Memory for the next submissions, while those before them are being recorded.
    private var spare: [Submission] = []

    /// How many submissions more are recorded at once.
    private var pauseLeft = 0

    /// Takes a submission in if it should wait.
    ///
    /// - Parameter isPatient: whether its reply waits for the disk in any case, so that waiting for others costs
    ///   nothing.
    /// - Returns: whether it was taken in.
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

    /// Takes the memory of recorded submissions back, unless very many came at once.
    mutating func reuse(_ memory: consuming [Submission]) {
        spare = memory.capacity <= 1_024 ? memory : []
    }
}
