internal import Glibc

/// Calls `body` on a thread of its own.
///
/// Tests run on the threads of a queue, hardly more than there are processors: what a test waits for must not need one.
package func onThread(_ body: @escaping @Sendable () -> Void) {
    final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var thread = pthread_t()
    let result = pthread_create(
        &thread, nil,
        { context in
            if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
            return nil
        }, Unmanaged.passRetained(Body(body)).toOpaque())
    precondition(result == 0)
    pthread_detach(thread)
}
