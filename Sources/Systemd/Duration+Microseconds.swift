extension Duration {
    /// Whole microseconds, as libsystemd takes a time: 0 for a negative duration, and at most 292,000 years, to which the
    /// present can be added.
    var microseconds: UInt64 {
        UInt64(clamping: Int64(clamping: attoseconds / 1_000_000_000_000))
    }
}
