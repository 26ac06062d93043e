internal import Glibc

/// How many descriptors the process may have open at a time: files, sockets, and what else has one (`RLIMIT_NOFILE`).
///
/// Some are kept back for the files that are recorded into, so that recording does not depend on how many clients there
/// are and what they read: the highest. As the kernel gives the lowest number that is free, the number of a
/// new descriptor tells whether all below it are taken.
package struct DescriptorLimit: Sendable {
    /// How many there may be.
    package let count: Int

    /// Raises the soft limit to the hard one, as far as that goes.
    package static func raise() -> DescriptorLimit {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return DescriptorLimit(count: Int(Int32.max)) }
        let given = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        if setrlimit(resource, &limit) != 0 { limit.rlim_cur = given }
        return DescriptorLimit(count: Int(Int32(clamping: limit.rlim_cur)))
    }

    init(count: Int) {
        self.count = count
    }

    /// How the descriptors are shared out.
    struct Shares {
        /// The first one that is kept back for files.
        let ceiling: Int32

        /// How many connections there is room for.
        let room: Int

        /// How many of those that are kept back connections may have that come before the ones that make room for them have
        /// gone.
        let excess: Int
    }

    /// How many recording may need at once: a new file, `run.json`, the checkpoint, and a directory for the
    /// sync of each; connections may have half of what is kept back for a moment.
    private static let smallestReserve = 8

    /// Shares out what is free now.
    ///
    /// - Parameter others: how many more will be needed that are neither connections nor files that are read.
    func shares(besides others: Int) -> Shares {
        let lowest = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if lowest >= 0 { close(lowest) }
        let free = lowest < 0 ? 0 : max(0, count - Int(lowest) - others)
        let reserve = min(64, max(free / 2, min(Self.smallestReserve, free - 1)))
        return Shares(
            ceiling: Int32(clamping: count - reserve), room: max(1, free - reserve), excess: max(1, reserve / 2))
    }
}
