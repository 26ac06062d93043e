extension Duration {
    /// Milliseconds for libcurl: rounded up, 0 for a negative duration, and at most `Int32.max` (24 days), which every
    /// version of libcurl accepts.
    var curlMilliseconds: Int {
        let (milliseconds, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        return Int(min(max(milliseconds + (rest > 0 ? 1 : 0), 0), Int128(Int32.max)))
    }
}
