internal import Dispatch
internal import Synchronization

/// Runs asynchronous work from a synchronous command.
///
/// With an `AsyncParsableCommand` at the root, the server's main thread would be one of Swift's thread pool.
enum Waiting {
    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    /// Blocks the calling thread until the work is done.
    static func result<Value: Sendable, Failure>(
        of work: @escaping @Sendable () async throws(Failure) -> Value
    ) -> Result<Value, Failure> {
        let box = Box<Result<Value, Failure>>()
        let done = DispatchSemaphore(value: 0)
        Task {
            let result: Result<Value, Failure>
            do throws(Failure) {
                result = .success(try await work())
            } catch {
                result = .failure(error)
            }
            box.value.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        guard let result = box.value.withLock({ $0 }) else { preconditionFailure("signalled without a result") }
        return result
    }
}
