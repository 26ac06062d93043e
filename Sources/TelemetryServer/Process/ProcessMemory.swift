internal import CMalloc

/// How the process keeps memory that it does not need any more.
enum ProcessMemory {
    /// The shortest block that is mapped on its own, and unmapped when it is freed, in bytes.
    private static let mappedBlock: Int32 = 1 << 20

    /// How much may lie idle at the end of a heap, in bytes.
    private static let idleAtEnd: Int32 = 2 << 20

    /// Has what a large request took given back to the system after it.
    ///
    /// The C library would otherwise take the first large block that is freed as a sign that more are to come, and keep up to
    /// 64 MiB for them (mallopt(3)): the server would stay four times as large after one batch of 16 MiB.
    ///
    /// Call it before any other thread starts.
    static func releaseWhatIsLarge() {
        // Both calls fail only for a value that is out of range.
        _ = mallopt(M_MMAP_THRESHOLD, mappedBlock)
        _ = mallopt(M_TRIM_THRESHOLD, idleAtEnd)
    }
}
