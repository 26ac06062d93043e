extension Duration {
    /// Whole microseconds for libsystemd: 0 for a negative duration, and at most `Int64.max` (292,000 years), so that
    /// adding it to the current time does not overflow.
    var microseconds: UInt64 {
        UInt64(clamping: Int64(clamping: attoseconds / 1_000_000_000_000))
    }
}
