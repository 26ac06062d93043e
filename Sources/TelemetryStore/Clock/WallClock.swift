internal import Glibc
internal import Synchronization
package import TelemetryModel

/// The time that events are stamped with.
///
/// It is the machine's clock or, for rehearsed nights and tests, a simulated one. Intervals are never measured with it.
package final class WallClock: Sendable {
    /// The instant that the next reading of a simulated clock returns; nil for the machine's clock.
    private let simulated: Mutex<Timestamp?>

    /// The machine's clock.
    package static let system = WallClock(simulated: nil)

    /// A clock of which each reading moves it on by one second, as `$POCSTIME` does in the reference.
    package convenience init(simulatedFrom start: Timestamp) {
        self.init(simulated: start)
    }

    private init(simulated: Timestamp?) {
        self.simulated = Mutex(simulated)
    }

    /// Reads the clock.
    package func now() -> Timestamp {
        simulated.withLock { simulated in
            guard let instant = simulated else { return Self.machineTime() }
            simulated = instant.advanced(bySeconds: 1)
            return instant
        }
    }

    /// The time, without moving a simulated clock on.
    package func peek() -> Timestamp {
        simulated.withLock { $0 } ?? Self.machineTime()
    }

    /// Sets a simulated clock, forwards or backwards.
    package func set(_ instant: Timestamp) {
        simulated.withLock { $0 = instant }
    }

    private static func machineTime() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
