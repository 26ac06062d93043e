internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// Reads what is free where events are recorded.
///
/// A file system that hangs, such as one on a network, holds up whoever asks it. So one at a time does, and the others are told
/// nothing: scrapes that come later go on without it.
final class RoomReader: Sendable {
    private let service: TelemetryService
    private let isReading = Atomic(false)

    init(_ service: TelemetryService) {
        self.service = service
    }

    /// Nil when it cannot be told, or another one waits for it.
    var room: FreeSpace? {
        if isReading.exchange(true, ordering: .acquiring) { return nil }
        defer { isReading.store(false, ordering: .releasing) }
        return service.room
    }
}
