internal import CSystemd

/// The C library's allocator, in a process that runs for years.
package enum Allocator {
    /// In bytes. Larger blocks are mapped and unmapped one by one; more free memory than this at the top of a heap is
    /// trimmed.
    private static let threshold: Int32 = 2 << 20

    /// Makes `free(3)` return large blocks to the kernel. Call it before other threads start.
    ///
    /// By default glibc raises both thresholds when a larger block is freed, up to 32 and 64 MiB: one request that
    /// needs that much leaves that much resident for the life of the process.
    ///
    /// The corresponding C function is `mallopt(3)`.
    package static func returnFreedMemory() {
        mallopt(M_MMAP_THRESHOLD, threshold)
        mallopt(M_TRIM_THRESHOLD, threshold)
    }

    /// Returns what is free to the kernel, wherever it lies. Each thread's heap is locked for some 0.1 ms.
    ///
    /// The corresponding C function is `malloc_trim(3)`.
    package static func returnFreeMemory() {
        malloc_trim(0)
    }
}
