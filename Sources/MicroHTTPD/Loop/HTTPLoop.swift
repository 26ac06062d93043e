internal import CMicroHTTPD
internal import Glibc
internal import Synchronization

/// A thread that serves connections.
///
/// **Algorithm.** In each turn the loop waits until a connection has something to say, there is mail, or a client has
/// closed its half of a connection; takes the mail; has libmicrohttpd hear all connections that have something to say; and
/// has the requests served that their handlers have queued (``Route/flush``). libmicrohttpd has loops of its own, but none
/// that tells when a turn has ended, so none that could serve together what has come together. Its epoll is never let wait:
/// that of 0.9.75 waits again when as many connections are ready as it asks for at a time, and so stalls with hundreds of
/// them.
///
/// A request that has no answer after its handler, or the flush, is *parked*: libmicrohttpd asks for its answer in each turn. To
/// suspend its connection and to resume it takes three system calls, and most commits are done before; so that is done only
/// when a millisecond has passed in which nothing happened. While many are parked, the loop stays awake for the first part
/// of it: to fall asleep and to be woken takes as long as most commits.
///
/// **Invariants.**
/// - Only the loop's thread calls libmicrohttpd for its connections, writes into their sockets, and uses what is not atomic
///   or in a mutex here. Other threads post mail.
/// - An exchange is in `queued`, `parked` or `suspended` exactly while its stage says so; the stage of those that wait for
///   another thread has the place.
/// - A connection is suspended exactly while its exchange is in `suspended`, or a produced body has nothing to send. When
///   the loop ends, all are resumed first: libmicrohttpd ends the process otherwise.
///
/// **Life.** The thread retains the loop, and the loop what the daemon shares (``DaemonCore``), until libmicrohttpd has
/// closed all connections. Mail that is posted later is thrown away.
///
/// SAFETY: see the invariants. What is not private is for the extensions in files beside this one.
final class HTTPLoop: @unchecked Sendable {
    /// How long an answer may take before its connection is suspended, in milliseconds.
    private static let patience: Int32 = 1

    /// How many parked requests make it worth to stay awake for their answers.
    private static let crowd = 24

    /// How long to stay awake for them.
    private static let vigil = Duration.microseconds(200)

    let core: DaemonCore
    let mailbox = Mailbox()

    /// libmicrohttpd's daemon; set before the thread starts.
    private(set) var native: OpaquePointer?

    private var thread: NativeThread?
    private let beatWaker = Waker()
    let counters: LoopCounters
    let halfCloseWatcher = HalfCloseWatcher()

    /// How many turns there have been; the loop sleeps while it does not change.
    private let turnCount = Atomic(0)

    /// Requests of this turn that wait for the flush of their route.
    var queued: [HTTPExchange] = []

    /// Memory for the requests of the next turn, while those of this one are answered.
    var spare: [HTTPExchange] = []

    var parked = ExchangeList()
    var suspended = ExchangeList()

    /// The produced bodies that are sent.
    var bodies: [ObjectIdentifier: ProducedBody] = [:]

    /// Whether the daemon is about to stop.
    var isStopping = false

    /// What answers are sent with.
    var responses = ResponsePool()

    /// The monotonic time of this turn, in nanoseconds; 0 until it is asked for.
    var turnTime = 0

    /// Whether anything was done that may bring more to do, though no connection has anything to say.
    var hasMore = false

    /// Whether clients have closed their half of a connection, and the watcher is to be asked which.
    private var hasNewHalfClosed = false

    /// Clients that send no more, and may still be given the answers to what they have sent.
    var halfClosed: [ClientConnection] = []

    private init(_ core: DaemonCore) {
        self.core = core
        counters = core.statistics.beginLoop(core.router.routes)
    }

    /// Begins to serve.
    static func start(_ core: DaemonCore) throws(HTTPDaemon.StartError) -> HTTPLoop {
        let loop = HTTPLoop(core)
        // SAFETY: the thread retains the loop, and stops libmicrohttpd's daemon before it lets go.
        let context = Unmanaged.passUnretained(loop).toOpaque()
        var options = core.options(context)
        guard loop.mailbox.works, loop.beatWaker.works, loop.halfCloseWatcher.works else {
            throw HTTPDaemon.StartError()
        }
        loop.native = cmhd_start_daemon(
            core.flags, DaemonCore.acceptPolicy, HTTPConnection.handle, context, &options)
        guard let native = loop.native else { throw HTTPDaemon.StartError() }
        loop.thread = NativeThread { loop.run() }
        if loop.thread == nil {
            MHD_quiesce_daemon(native)  // The socket is not the library's to close.
            MHD_stop_daemon(native)
            throw HTTPDaemon.StartError()
        }
        return loop
    }

    // MARK: - For other threads

    /// Has the answer of an exchange sent.
    func send(answerOf exchange: HTTPExchange) {
        mailbox.post { $0.answered.append(exchange) }
    }

    /// Ends a connection, unless it has turned to another phase than the one of this number.
    func end(_ connection: ClientConnection, slowAt position: UInt) {
        mailbox.post { $0.slow.append((connection, position)) }
    }

    /// Ends a connection, unless it has turned to another phase than the one of this number, or a request has come.
    func end(_ connection: ClientConnection, idleAt position: UInt) {
        mailbox.post { $0.idle.append((connection, position)) }
    }

    /// Has no more connections accepted, and producers told that the daemon is about to stop.
    func quiesce() {
        mailbox.post { $0.isQuiesceAsked = true }
    }

    /// Closes all connections, and returns when it is done; or at once, when the loop's own thread calls it.
    func stop() {
        mailbox.post { $0.isEndAsked = true }
        thread?.join()
    }

    /// Returns when the loop has begun another turn. One thread at a time may call it.
    ///
    /// - Returns: false when the loop has ended.
    func beat() -> Bool {
        guard mailbox.post({ $0.isBeatAsked = true }) else { return false }
        beatWaker.wait(milliseconds: -1)
        return true
    }

    /// How many turns there have been.
    var turns: Int { turnCount.load(ordering: .relaxed) }

    // MARK: - Its thread

    private func run() {
        while true {
            let turn = turnCount.load(ordering: .relaxed)
            turnCount.store(turn &+ 1, ordering: .relaxed)
            // When there is always more to do, half-closed connections are looked for now and then.
            if !hasMore || turn % 16 == 0 { wait() }
            hasMore = false
            turnTime = 0
            if let mail = mailbox.take() {
                read(mail)
                if mail.isEndAsked { break }
            }
            MHD_run_wait(native, 0)
            if !queued.isEmpty { serveQueued() }
        }
        end()
    }

    /// Waits until a connection has something to say, or another thread.
    private func wait() {
        shutDownHalfClosed()
        if hasNewHalfClosed {
            halfCloseWatcher.forEachHalfClosed { noteHalfClosed($0) }
            hasNewHalfClosed = false
        }
        // While requests are parked libmicrohttpd's own time is 0, whether or not there is anything else to do.
        let limit = hasMore ? 0 : parked.isEmpty ? timeout : Self.patience
        var descriptors = (
            pollfd(fd: cmhd_epoll_descriptor(native), events: Int16(POLLIN), revents: 0),
            pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: halfCloseWatcher.descriptor, events: Int16(POLLIN), revents: 0)
        )
        let ready = withUnsafeMutableBytes(of: &descriptors) { bytes in
            let descriptors = bytes.assumingMemoryBound(to: pollfd.self)
            if limit != 0, parked.count >= Self.crowd {
                let ready = Self.pollAwake(descriptors, for: Self.vigil)
                if ready != 0 { return ready }
            }
            return poll(descriptors.baseAddress, nfds_t(descriptors.count), limit)
        }
        if descriptors.1.revents != 0 { mailbox.drain() }
        hasNewHalfClosed = descriptors.2.revents != 0
        if ready == 0, limit != 0 { suspendParked() }
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
    private func read(_ mail: Mailbox.Mail) {
        for exchange in mail.answered { takeAnswer(of: exchange) }
        for (connection, position) in mail.slow { endSlow(connection, at: position) }
        for (connection, position) in mail.idle { endIdle(connection, at: position) }
        if mail.isBeatAsked { beatWaker.wake() }
        for pipe in mail.pipes { attendNow(to: pipe) }
        if mail.isQuiesceAsked {
            MHD_quiesce_daemon(native)
            tellStopping()
        }
    }

    /// Closes all connections.
    private func end() {
        failSuspended()
        breakOffBodies()
        MHD_quiesce_daemon(native)  // The socket is not the library's to close.
        MHD_stop_daemon(native)
        if mailbox.close().isBeatAsked { beatWaker.wake() }
    }
}
