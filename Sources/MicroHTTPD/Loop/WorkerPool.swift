internal import Glibc
internal import Synchronization

/// Threads that call handlers which may wait, for a disk, say.
///
/// A thread is started when a handler finds none idle, up to a limit; others wait in a queue, which is no longer than there
/// are connections. The threads retain the pool, and end when it is stopped.
final class WorkerPool: Sendable {
    private struct Job {
        let route: Route
        let exchange: HTTPExchange
    }

    private struct State {
        var jobs: [Job] = []

        /// How many of the jobs at the beginning have been taken.
        var takenJobs = 0
        var threads: [NativeThread] = []
        var idleThreads = 0
        var isEnded = false
    }

    private let limit: Int
    private let state = Mutex(State())
    private let semaphore = Semaphore()

    init(limit: Int) {
        self.limit = limit
    }

    /// Has a worker call the handler of a route. Only a loop calls it.
    ///
    /// - Returns: false when there is no worker, and none can be started.
    func run(_ route: Route, _ exchange: HTTPExchange) -> Bool {
        let isTaken = state.withLock { state in
            if state.isEnded { return false }
            if state.idleThreads <= state.jobs.count - state.takenJobs, state.threads.count < limit,
                let thread = NativeThread({ [self] in work() })
            {
                state.threads.append(thread)
            }
            if state.threads.isEmpty { return false }
            state.jobs.append(Job(route: route, exchange: exchange))
            return true
        }
        if isTaken { semaphore.post() }
        return isTaken
    }

    /// Takes no more, and returns when all handlers have returned. No handler may call it.
    func stop() {
        for thread in close() { thread.join() }
    }

    /// Takes no more and forgets the handlers that were not called. Any thread may call it, also a worker: the threads end
    /// when their handlers have returned.
    func abandon() {
        let _: [Job] = state.withLock { state in
            defer { (state.jobs, state.takenJobs) = ([], 0) }
            return state.jobs
        }
        for thread in close() { thread.detach() }
    }

    /// - Returns: the threads, each of which ends when it finds no more to do.
    private func close() -> [NativeThread] {
        let threads = state.withLock { state in
            defer { (state.threads, state.isEnded) = ([], true) }
            return state.threads
        }
        for _ in threads { semaphore.post() }
        return threads
    }

    private func work() {
        while let job = next() { job.route.handler(job.exchange) }
    }

    /// Waits for the next job; nil when there will be none.
    private func next() -> Job? {
        state.withLock { $0.idleThreads += 1 }
        while true {
            semaphore.wait()
            let (job, isEnded): (Job?, Bool) = state.withLock { state in
                guard state.takenJobs < state.jobs.count else { return (nil, state.isEnded) }
                state.idleThreads -= 1
                let job = state.jobs[state.takenJobs]
                state.takenJobs += 1
                if state.takenJobs == state.jobs.count || state.takenJobs == 64 {
                    state.jobs.removeFirst(state.takenJobs)
                    state.takenJobs = 0
                }
                return (job, false)
            }
            if job != nil || isEnded { return job }
        }
    }

    /// SAFETY: sem_post(3) and sem_wait(3) are thread-safe; the pool owns it, and each thread that uses it the pool.
    private final class Semaphore: @unchecked Sendable {
        private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

        init() {
            sem_init(semaphore, 0, 0)
        }

        deinit {
            sem_destroy(semaphore)
            semaphore.deallocate()
        }

        func post() {
            sem_post(semaphore)
        }

        func wait() {
            while sem_wait(semaphore) != 0 {}
        }
    }
}
