internal import Glibc

/// The descriptors 0, 1 and 2.
enum StandardStreams {
    /// Takes up those that the caller has closed: the next file or socket would get their numbers, and what is printed would
    /// go there. What is written to them fails, and is told as for a full disk.
    static func reserve() {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free, which is this one. Opened for what nobody does with it.
            _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
        }
    }
}
