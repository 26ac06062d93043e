internal import CMalloc

/// How the C library keeps memory that has been freed.
enum ProcessMemory {
    /// The smallest block that gets a mapping of its own, which is unmapped when the block is freed; in bytes.
    private static let mappedBlock: Int32 = 1 << 20

    /// How much free memory a heap may keep at its end, in bytes.
    private static let idleAtEnd: Int32 = 2 << 20

    /// Makes the memory of a large request go back to the system when the request is over.
    ///
    /// By default the C library raises both thresholds, up to 32 and 64 MiB, when a large block is freed (mallopt(3)): after
    /// a batch of 16 MiB the process kept 60 MB resident instead of 15. Setting them turns that off.
    ///
    /// Call it before any other thread starts.
    static func releaseWhatIsLarge() {
        // Both calls fail only for a value that is out of range.
        _ = mallopt(M_MMAP_THRESHOLD, mappedBlock)
        _ = mallopt(M_TRIM_THRESHOLD, idleAtEnd)
    }
}
