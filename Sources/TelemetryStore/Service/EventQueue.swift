internal import TelemetryModel

/// An event that is to be recorded.
struct QueuedEvent: Sendable {
    let request: EventRequest
    let reply: TelemetryService.Reply
}

/// Events that wait to be recorded together, if enough of them come in at the same time to make up for the wait.
///
/// Nobody says how many come in at the same time, so it is tried out now and then.
struct EventQueue: Sendable {
    /// The least number of events that are worth to be recorded together.
    private static let worthwhile = 2

    /// How many events are recorded each for itself before it is tried again whether there would be more.
    private static let pause = 100

    private var events: [QueuedEvent] = []

    /// Memory for the next events, while those before them are being recorded.
    private var spare: [QueuedEvent] = []

    /// How many events more are recorded each for itself.
    private var pauseLeft = 0

    /// Takes an event in if it should wait.
    ///
    /// - Parameter isPatient: whether its answer waits for the disk in any case, so that it may as well wait for others.
    mutating func takes(
        _ request: EventRequest, _ reply: @escaping TelemetryService.Reply, isPatient: Bool
    ) -> Bool {
        if !isPatient, events.isEmpty, pauseLeft > 0 {
            pauseLeft -= 1
            return false
        }
        events.append(QueuedEvent(request: request, reply: reply))
        return true
    }

    /// The events that have waited, in their order.
    mutating func takeAll() -> [QueuedEvent] {
        if events.isEmpty { return [] }
        var taken: [QueuedEvent] = []
        swap(&taken, &events)
        swap(&events, &spare)
        if taken.count < Self.worthwhile { pauseLeft = Self.pause }
        return taken
    }

    /// Takes the memory of recorded events back.
    mutating func reuse(_ memory: consuming [QueuedEvent]) {
        spare = memory
    }
}
