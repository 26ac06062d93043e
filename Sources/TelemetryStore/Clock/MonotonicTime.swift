internal import Glibc

/// Time that nobody sets, for intervals.
enum MonotonicTime {
    /// Since some moment, in nanoseconds.
    ///
    /// The corresponding C function is `clock_gettime(2)`.
    static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
