internal import CSystemd

/// The C library's allocator, in a process that runs for years.
package enum Allocator {
    /// Larger blocks are mapped and unmapped, and more free memory at the end of a heap is given back. In bytes.
    private static let threshold: Int32 = 2 << 20

    /// Has large blocks given back to the kernel when they are freed. Call it before other threads start.
    ///
    /// By default glibc raises these thresholds whenever a larger block is freed, up to 32 and 64 MiB: after one request
    /// that needs that much, as much stays resident for ever.
    ///
    /// The corresponding C function is `mallopt(3)`.
    package static func returnFreedMemory() {
        mallopt(M_MMAP_THRESHOLD, threshold)
        mallopt(M_TRIM_THRESHOLD, threshold)
    }
}
