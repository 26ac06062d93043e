internal import CMicroHTTPD
internal import Glibc

/// Wakes a thread that waits: an eventfd(2).
///
/// Who waits for the descriptor drains it whenever it is readable, whatever else it knows: a wake-up may be written long
/// after its reason was dealt with, and poll(2) would return at once for ever.
final class Waker: Sendable {
    /// Readable from a wake-up until it is drained.
    let descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

    deinit {
        close(descriptor)
    }

    /// Whether there was a descriptor for it. Without one nobody is woken.
    var works: Bool { descriptor >= 0 }

    /// Any thread may call it, and a signal handler.
    func wake() {
        var one: UInt64 = 1
        write(descriptor, &one, MemoryLayout.size(ofValue: one))
    }

    /// Takes all wake-ups that were written so far.
    func drain() {
        var count: UInt64 = 0
        read(descriptor, &count, MemoryLayout.size(ofValue: count))
    }

    /// Waits for a wake-up, or until the time has passed.
    ///
    /// - Parameter milliseconds: negative to wait for a wake-up only.
    func wait(milliseconds: Int32) {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&waiting, 1, milliseconds)
        drain()
    }
}
