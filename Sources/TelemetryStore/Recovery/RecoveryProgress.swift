internal import Synchronization

/// How far a recovery has come. Any thread may read it.
package final class RecoveryProgress: Sendable {
    private let expected = Atomic<Int64>(0)
    private let done = Atomic<Int64>(0)

    package init() {}

    /// The bytes that will be read; 0 until that is known.
    package var bytesExpected: Int64 { expected.load(ordering: .relaxed) }

    package var bytesRead: Int64 { done.load(ordering: .relaxed) }

    func expect(_ bytes: Int64) {
        expected.add(bytes, ordering: .relaxed)
    }

    func read(_ bytes: Int64) {
        done.add(bytes, ordering: .relaxed)
    }
}
