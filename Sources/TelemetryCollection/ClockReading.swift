internal import CTimex

/// How the kernel keeps the time (`adjtimex(2)`).
package struct ClockReading: Sendable, Equatable {
    /// Whether a program such as chrony or systemd-timesyncd keeps the clock right.
    package var isSynchronized: Bool

    /// How far the clock is off by what the kernel knows, in milliseconds.
    package var offset: Double

    /// How far it may be off, in milliseconds.
    package var maximumError: Double

    package init(isSynchronized: Bool, offset: Double, maximumError: Double) {
        self.isSynchronized = isSynchronized
        self.offset = offset
        self.maximumError = maximumError
    }

    /// What the kernel says; nil when it may not be asked.
    package static func ofKernel() -> ClockReading? {
        // Without modes nothing is changed.
        var state = timex()
        let result = adjtimex(&state)
        guard result >= 0 else { return nil }
        let hasNanoseconds = state.status & STA_NANO != 0
        return ClockReading(
            isSynchronized: result != TIME_ERROR && state.status & STA_UNSYNC == 0,
            offset: Double(state.offset) / (hasNanoseconds ? 1_000_000 : 1_000),
            maximumError: Double(state.maxerror) / 1_000)
    }

    var members: Members {
        var members = Members()
        members.add("synchronized", isSynchronized)
        members.add("offset_ms", offset, decimals: 6)
        members.add("max_error_ms", maximumError, decimals: 3)
        return members
    }
}
