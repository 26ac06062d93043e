extension Duration {
    /// Milliseconds, as libcurl takes a time: rounded up, 0 for a negative duration, and at most 24 days, the most that all
    /// versions of libcurl take.
    var curlMilliseconds: Int {
        let (milliseconds, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        return Int(min(max(milliseconds + (rest > 0 ? 1 : 0), 0), Int128(Int32.max)))
    }
}
