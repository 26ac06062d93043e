internal import Glibc
internal import Synchronization

/// Something that threads and tasks wait for.
package final class Gate: Sendable {
    private final class Semaphore: @unchecked Sendable {  // sem_post(3) and sem_wait(3) are thread-safe.
        let pointer = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        init() { sem_init(pointer, 0, 0) }
        deinit { pointer.deallocate() }
    }

    private let semaphore = Semaphore()

    package init() {}

    package func open() {
        sem_post(semaphore.pointer)
    }

    /// Blocks the thread until the gate was opened, once for each wait.
    package func wait() {
        while sem_wait(semaphore.pointer) != 0 {}
    }
}
