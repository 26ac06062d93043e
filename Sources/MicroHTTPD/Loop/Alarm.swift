internal import Glibc

/// Wakes a thread that waits.
final class Alarm: Sendable {
    /// Readable while it rings.
    let descriptor: Int32
    private let ringing: Int32

    /// Without two descriptors, which a process that has just started has, waiting only takes its time.
    init() {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        socketpair(AF_UNIX, type, 0, &pair)
        (descriptor, ringing) = (pair[0], pair[1])
    }

    deinit {
        close(descriptor)
        close(ringing)
    }

    /// Whether there were descriptors for it.
    var works: Bool { descriptor >= 0 }

    func ring() {
        var byte: UInt8 = 0
        send(ringing, &byte, 1, Int32(MSG_NOSIGNAL))
    }

    /// Waits until it rings, or until the time has passed.
    ///
    /// - Parameter milliseconds: negative to wait for the ring only.
    func wait(milliseconds: Int32) {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&waiting, 1, milliseconds)
        silence()
    }

    func silence() {
        var bytes: (UInt64, UInt64) = (0, 0)
        recv(descriptor, &bytes, MemoryLayout.size(ofValue: bytes), 0)
    }
}
