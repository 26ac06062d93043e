internal import CMicroHTTPD
internal import Glibc

/// Clients that send no more.
///
/// libmicrohttpd's epoll is edge-triggered. It stops to read when less came than there is room for, and so misses the end of
/// what a client sends when that comes together with data: the connection would stay open until it is idle for too long.
final class HangUps: Sendable {
    /// Readable when there are any.
    let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))

    deinit {
        close(descriptor)
    }

    /// Whether there was a descriptor for it.
    var works: Bool { descriptor >= 0 }

    /// Watches a socket until it is closed.
    func watch(_ socket: Int32) {
        var event = epoll_event()
        // To shut a socket down is an event, too: without EPOLLONESHOT it would be told of for ever.
        event.events = EPOLLRDHUP.rawValue | EPOLLONESHOT.rawValue
        event.data.fd = socket
        epoll_ctl(descriptor, EPOLL_CTL_ADD, socket, &event)
    }

    /// Shuts the sockets of these clients down, each once, which libmicrohttpd does notice.
    func shutDown() {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 64) { events in
            var count: Int32
            repeat {
                count = epoll_wait(descriptor, events.baseAddress, Int32(events.count), 0)
                for event in events.prefix(Int(max(count, 0))) { shutdown(event.data.fd, Int32(SHUT_RDWR)) }
            } while count == events.count
        }
    }
}
