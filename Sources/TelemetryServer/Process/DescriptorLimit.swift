internal import Glibc

/// How many descriptors the process may have open at a time: files, sockets, and what else has one (`RLIMIT_NOFILE`).
///
/// Some are kept back for the files that are recorded into, so that recording does not depend on how many clients there
/// are and what they read: those from ``ceiling`` on. As the kernel gives the lowest number that is free, the number of a
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

    /// How many are kept back.
    private var reserve: Int { min(64, count / 4) }

    /// The first descriptor that is kept back.
    var ceiling: Int32 { Int32(clamping: count - reserve) }

    /// How many of those that are kept back connections may have that come before the ones that make room for them have
    /// gone.
    var excess: Int { reserve / 2 }

    /// How many more there are below the ceiling, when none of those that are open is above one that is free.
    var room: Int {
        let lowest = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lowest >= 0 else { return 0 }
        close(lowest)
        return max(0, Int(ceiling - lowest))
    }
}
