internal import CMicroHTTPD
internal import Glibc

/// Finds the clients that send no more: they have closed their connection, or their half of it.
///
/// libmicrohttpd's epoll is edge-triggered. It stops to read when less came than there is room for, and so misses the end of
/// what a client sends when that comes together with data: the connection would stay open until it is idle for too long.
/// And it does not watch a suspended connection at all.
///
/// A client that closes its half only cannot be told from one that has gone. Both are given the answers to what they have
/// sent, but for produced bodies.
///
/// One thread uses it, that of the loop.
final class HalfCloseWatcher: Sendable {
    /// Readable when there are any.
    let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))

    deinit {
        close(descriptor)
    }

    /// Whether there was a descriptor for it.
    var works: Bool { descriptor >= 0 }

    /// Watches a connection until ``forget(_:)``.
    func watch(_ client: ClientConnection) {
        var event = epoll_event()
        // To shut a socket down is an event, too: without EPOLLONESHOT it would be told of for ever.
        event.events = EPOLLRDHUP.rawValue | EPOLLONESHOT.rawValue
        // SAFETY: libmicrohttpd's connection owns the client until `forget`, which removes it from the set. Events are
        // taken and acted on by the same thread, with no end of a connection in between.
        event.data.ptr = Unmanaged.passUnretained(client).toOpaque()
        epoll_ctl(descriptor, EPOLL_CTL_ADD, client.descriptor, &event)
    }

    /// Call it before the connection's descriptor is closed.
    ///
    /// The kernel forgets a descriptor by itself only when no other process has it, and one may that was started meanwhile.
    func forget(_ client: ClientConnection) {
        var event = epoll_event()
        epoll_ctl(descriptor, EPOLL_CTL_DEL, client.descriptor, &event)
    }

    /// Calls `body` with each client that sends no more, once for each.
    func forEachHalfClosed(_ body: (ClientConnection) -> Void) {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 64) { events in
            var count: Int32
            repeat {
                count = epoll_wait(descriptor, events.baseAddress, Int32(events.count), 0)
                for event in events.prefix(Int(max(count, 0))) {
                    // SAFETY: see `watch`.
                    guard let client = event.data.ptr else { continue }
                    body(Unmanaged<ClientConnection>.fromOpaque(client).takeUnretainedValue())
                }
            } while count == events.count
        }
    }
}
