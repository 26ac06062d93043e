internal import Glibc

/// Monotonic time, for intervals.
enum MonotonicTime {
    /// Nanoseconds since an arbitrary origin.
    ///
    /// The corresponding C function is `clock_gettime(2)`.
    static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
