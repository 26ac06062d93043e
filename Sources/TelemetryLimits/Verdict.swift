/// What a watcher makes of what it has seen. It is made for each event, so its texts are written when they are wanted.
struct Verdict: Sendable, Equatable {
    /// Nil while all is well.
    var severity: Severity?

    /// Whether it will be an alarm if it lasts.
    var isPending = false

    /// The reading that decided; nil where none did.
    var reading: Reading?
    var cause: Cause?
}
