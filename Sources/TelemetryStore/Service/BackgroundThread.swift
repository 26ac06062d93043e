internal import Glibc

/// A thread of its own for work that waits: for the disk, a client or time.
package enum BackgroundThread {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Starts a detached thread.
    ///
    /// SAFETY: the retained `Body` is released by the new thread, which takes it as its context exactly once.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Body(body)).toOpaque()
        let result = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context)
        guard result == 0 else { fatalError("pthread_create: \(String(cString: strerror(result)))") }
        pthread_detach(thread)
    }
}
