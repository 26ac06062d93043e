internal import Glibc

/// A POSIX thread.
///
/// SAFETY: `pthread_t` is a number, which pthread_join(3) takes from any thread.
struct NativeThread: @unchecked Sendable {
    private let handle: pthread_t

    /// Starts a thread that calls `body`, and keeps what `body` holds until it returns.
    ///
    /// - Returns: nil when the kernel has no thread left.
    init?(_ body: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        // SAFETY: the thread takes over this reference, as its first act.
        let context = Unmanaged.passRetained(Body(body))
        let result = pthread_create(
            &handle, nil,
            { context in
                if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        if result != 0 {
            context.release()
            return nil
        }
        self.handle = handle
    }

    /// Waits until it has ended; a thread that asks this of itself will end by itself. Call it once.
    func join() {
        if isCurrent {
            detach()
        } else {
            pthread_join(handle, nil)
        }
    }

    /// Lets it end by itself; nobody may wait for it then.
    func detach() {
        pthread_detach(handle)
    }

    /// Whether this is the thread that asks.
    var isCurrent: Bool { pthread_equal(handle, pthread_self()) != 0 }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
