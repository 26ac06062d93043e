internal import CMicroHTTPD
internal import Glibc
internal import Synchronization

/// A thread that serves connections: it waits until there is something to do, and has libmicrohttpd do it, turn by turn.
///
/// libmicrohttpd has loops of its own, but none that tells when a turn has ended, in which all connections were heard that
/// had something to say: requests that came in at the same time are then served together (``Route/flush``).
///
/// The library's epoll is never let wait: that of 0.9.75 waits again when as many connections are ready as it asks for at a
/// time, and so stalls with hundreds of them.
final class HTTPLoop: @unchecked Sendable {  // What is not locked is used by its thread only.
    /// What other threads want of the loop.
    private struct Orders {
        /// They have their answers.
        var answered: [HTTPExchange] = []
        var isBeatAsked = false
        var isQuiesceAsked = false
        var isEndAsked = false
        var hasEnded = false
    }

    /// How long an answer may take before its connection is suspended, in milliseconds. To suspend it and to take it up
    /// again takes three system calls, and most commits are done before.
    private static let patience: Int32 = 1

    /// How many answers that another thread is about to give make it worth to stay awake for them.
    private static let crowd = 24

    /// How long to stay awake for them. To fall asleep and to be woken can take as long, and the processor is cold then.
    private static let vigil = Duration.microseconds(200)

    /// It outlives its loops, and is asked for much: to retain it each time would show.
    unowned(unsafe) let daemon: HTTPDaemon

    private var native: OpaquePointer?
    private var thread = pthread_t()

    private let orders = Mutex(Orders())
    private let alarm = Alarm()
    private let beatAlarm = Alarm()
    private let hangUps = HangUps()

    /// Whether the alarm rings, or is about to.
    private let isRung = Atomic(false)

    /// Requests of this turn that wait for the flush of their route.
    private var queued: [HTTPExchange] = []

    /// Memory for the requests of the next turn, while those of this one are answered.
    private var spare: [HTTPExchange] = []

    /// Requests that are about to be answered by another thread. Their connections are not suspended, and libmicrohttpd asks
    /// for their answers in each turn.
    private var left: [HTTPExchange] = []

    /// What answers are sent with.
    var responses = ResponsePool()

    /// Whether anything was done that may bring more to do, though no connection has anything to say.
    private var hasMore = false

    /// Whether clients have hung up. They are still given the answers that are on their way.
    private var haveHungUp = false

    init(_ daemon: HTTPDaemon) {
        self.daemon = daemon
    }

    /// Begins to serve.
    func start() throws(HTTPDaemon.StartError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        var options = daemon.options(context)
        guard alarm.works, beatAlarm.works, hangUps.works else { throw HTTPDaemon.StartError() }
        native = cmhd_start_daemon(
            daemon.flags, HTTPDaemon.acceptPolicy, HTTPConnection.handle, context, &options)
        guard let native else { throw HTTPDaemon.StartError() }
        let created = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<HTTPLoop>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        if created != 0 {
            Unmanaged.passUnretained(self).release()
            MHD_quiesce_daemon(native)  // The socket is not the library's to close.
            MHD_stop_daemon(native)
            throw HTTPDaemon.StartError()
        }
    }

    // MARK: - For other threads

    /// Has the answer of an exchange sent.
    func send(answerOf exchange: HTTPExchange) {
        order { $0.answered.append(exchange) }
    }

    /// Has no more connections accepted.
    func quiesce() {
        order { $0.isQuiesceAsked = true }
    }

    /// Closes all connections, and returns when it is done.
    func stop() {
        order { $0.isEndAsked = true }
        pthread_join(thread, nil)
    }

    /// Returns when the loop has begun another turn. One thread at a time may call it.
    ///
    /// - Returns: false when the loop has ended.
    func beat() -> Bool {
        let asked = orders.withLock { orders in
            if orders.hasEnded { return false }
            orders.isBeatAsked = true
            return true
        }
        guard asked else { return false }
        wake()
        beatAlarm.wait(milliseconds: -1)
        return true
    }

    private func order(_ change: (inout Orders) -> Void) {
        orders.withLock { change(&$0) }
        wake()
    }

    private func wake() {
        if !isRung.exchange(true, ordering: .sequentiallyConsistent) { alarm.ring() }
    }

    // MARK: - For libmicrohttpd's callbacks, which are called in its turns

    /// Has the connection closed when its client hangs up.
    func watch(_ client: ClientConnection) {
        hangUps.watch(client.descriptor)
    }

    /// Notes that there may be more to do when the turn has ended.
    func noteCall() {
        hasMore = true
    }

    /// Has a request answered when the turn has ended, and the flush of its route been called.
    func queue(_ exchange: HTTPExchange) {
        queued.append(exchange)
    }

    /// Takes note that a request is over.
    func forget(_ exchange: HTTPExchange) {
        if case .left(let place) = exchange.reception.stage { remove(exchange, at: place) }
        exchange.reception.stage = .gone
    }

    // MARK: - Its thread

    private func run() {
        for turn in 0... {
            // When there is always more to do, hang-ups are looked for now and then.
            if !hasMore || turn % 16 == 0 { wait() }
            hasMore = false
            guard takeOrders() else { break }
            MHD_run_wait(native, 0)
            if !queued.isEmpty { serveQueued() }
        }
        MHD_stop_daemon(native)
        orders.withLock { orders in
            orders.hasEnded = true
            if orders.isBeatAsked { beatAlarm.ring() }
        }
    }

    /// Waits until a connection has something to say, or another thread.
    private func wait() {
        if haveHungUp {
            hangUps.shutDown()
            haveHungUp = false
        }
        // While answers are left libmicrohttpd's own time is 0, whether or not there is anything else to do.
        let limit = hasMore ? 0 : left.isEmpty ? timeout : Self.patience
        var descriptors = (
            pollfd(fd: cmhd_epoll_descriptor(native), events: Int16(POLLIN), revents: 0),
            pollfd(fd: alarm.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: hangUps.descriptor, events: Int16(POLLIN), revents: 0)
        )
        let ready = withUnsafeMutableBytes(of: &descriptors) { bytes in
            let descriptors = bytes.assumingMemoryBound(to: pollfd.self)
            if limit != 0, left.count >= Self.crowd {
                let ready = Self.pollAwake(descriptors, for: Self.vigil)
                if ready != 0 { return ready }
            }
            return poll(descriptors.baseAddress, nfds_t(descriptors.count), limit)
        }
        haveHungUp = descriptors.2.revents != 0
        if ready == 0, limit != 0 { suspendLeft() }
    }

    /// Asks again and again, and lets others have the processor in between.
    ///
    /// - Returns: what `poll(2)` returns; 0 when the time has passed.
    private static func pollAwake(_ descriptors: UnsafeMutableBufferPointer<pollfd>, for time: Duration) -> Int32 {
        let start = ContinuousClock.now
        while true {
            let ready = poll(descriptors.baseAddress, nfds_t(descriptors.count), 0)
            if ready != 0 || .now - start >= time { return ready }
            sched_yield()
        }
    }

    /// When libmicrohttpd has something to do by itself, in milliseconds from now: 0 when it has, and negative when it never will.
    private var timeout: Int32 {
        var milliseconds: UInt64 = 0
        guard MHD_get_timeout(native, &milliseconds) == .YES else { return -1 }
        return Int32(clamping: milliseconds)
    }

    /// Does what other threads want.
    ///
    /// - Returns: false when the loop has to end.
    private func takeOrders() -> Bool {
        guard isRung.load(ordering: .sequentiallyConsistent) else { return true }
        alarm.silence()
        isRung.store(false, ordering: .sequentiallyConsistent)
        var taken = Orders()
        orders.withLock { swap(&$0, &taken) }
        for exchange in taken.answered { answered(exchange) }
        if taken.isBeatAsked { beatAlarm.ring() }
        if taken.isQuiesceAsked { MHD_quiesce_daemon(native) }
        return !taken.isEndAsked
    }

    /// Has the queued requests served, and answers those that can be.
    private func serveQueued() {
        var taken: [HTTPExchange] = []
        swap(&taken, &queued)
        swap(&queued, &spare)
        var flushed: UnsafeMutableRawPointer?
        for exchange in taken {
            guard let route = exchange.reception.route, route.toOpaque() != flushed else { continue }
            route._withUnsafeGuaranteedRef { $0.flush?() }
            flushed = route.toOpaque()
        }
        for exchange in taken {
            guard case .queued = exchange.reception.stage else { continue }
            if let response = exchange.takeAnswer(orWait: { { [self] in send(answerOf: exchange) } }) {
                reply(response, to: exchange)
            } else {
                exchange.reception.stage = .left(place: left.count)
                left.append(exchange)
            }
        }
        hasMore = true
        taken.removeAll(keepingCapacity: true)
        spare = taken
    }

    /// Another thread has answered.
    private func answered(_ exchange: HTTPExchange) {
        switch exchange.reception.stage {
        case .left(let place):
            remove(exchange, at: place)
            if let response = exchange.takeAnswer(orWait: { {} }) { reply(response, to: exchange) }
            hasMore = true
        case .suspended:
            // libmicrohttpd asks for the answer then.
            exchange.reception.stage = .handled
            if let connection = exchange.connection { MHD_resume_connection(connection) }
        case .receiving, .refused, .queued, .handled, .failed, .gone:
            break
        }
    }

    private func reply(_ response: HTTPResponse, to exchange: HTTPExchange) {
        exchange.reception.stage = .handled
        exchange.reception.isAwaited = false
        daemon.handlerAnswered()
        guard let connection = exchange.connection else { return }
        let isQueued = HTTPConnection.queue(response, to: exchange, on: connection, self)
        // Nothing else can be said, and libmicrohttpd closes the connection when it asks for the answer.
        if isQueued != .YES, case .handled = exchange.reception.stage { exchange.reception.stage = .failed }
    }

    /// Suspends the connections whose answers take longer.
    private func suspendLeft() {
        for exchange in left {
            exchange.reception.stage = .suspended
            if let connection = exchange.connection { MHD_suspend_connection(connection) }
        }
        left.removeAll(keepingCapacity: true)
    }

    private func remove(_ exchange: HTTPExchange, at place: Int) {
        left.swapAt(place, left.count - 1)
        left.removeLast()
        if place < left.count { left[place].reception.stage = .left(place: place) }
    }
}
