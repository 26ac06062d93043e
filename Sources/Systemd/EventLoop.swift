internal import CSystemd
internal import Glibc
internal import Synchronization

/// The main thread's event loop: signals, timers, and closures that other threads hand over.
///
/// Create it before any other thread starts: the signals that it handles must be blocked in all threads.
///
/// The corresponding C functions are those of `sd-event(3)`.
///
/// SAFETY: the thread that creates the loop owns it. It alone calls `onSignals`, `every` and `run`, and so it alone
/// touches `signalHandlers`, `timers` and sd-event, which is not thread-safe. Any thread that holds a reference may
/// call `perform` and `exit`: they use a mutex, an atomic and the eventfd, which stay until `deinit`.
///
/// sd-event is given unretained pointers to the loop and to its timers. It uses them in `run` only, during which the
/// caller holds the loop; the loop holds the timers; and `deinit` frees sd-event together with its sources before they
/// go.
package final class EventLoop: @unchecked Sendable {
    /// A timer and its handler. Owned by `timers`, which only grows: sd-event has a pointer to it.
    private final class Timer {
        let interval: UInt64
        let handler: () -> Void

        init(interval: UInt64, handler: @escaping () -> Void) {
            self.interval = interval
            self.handler = handler
        }
    }

    private let event: OpaquePointer
    private let wakeDescriptor: Int32
    private let handedOver = Mutex<[@Sendable () -> Void]>([])
    private let exitStatus = Atomic<Int32>(EventLoop.undecided)
    private var signalHandlers: [Int32: (Int32) -> Void] = [:]
    private var timers: [Timer] = []

    private static let undecided: Int32 = -1

    /// - Throws: ``SystemdError`` if sd-event or the eventfd cannot be created.
    package init() throws(SystemdError) {
        var event: OpaquePointer?
        try check("sd_event_new", sd_event_new(&event))
        guard let event else { throw SystemdError(function: "sd_event_new", code: ENOMEM) }
        self.event = event
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard wakeDescriptor >= 0 else { throw SystemdError(function: "eventfd", code: errno) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        try check(
            "sd_event_add_io",
            sd_event_add_io(event, nil, wakeDescriptor, UInt32(EPOLLIN.rawValue), EventLoop.woken, context))
    }

    deinit {
        sd_event_unref(event)
        close(wakeDescriptor)
    }

    /// Calls `handler` on the main thread, in ``run()``, for each of the signals, in place of their default action.
    ///
    /// - Throws: ``SystemdError`` if a signal cannot be watched.
    package func onSignals(_ signals: [Int32], _ handler: @escaping (Int32) -> Void) throws(SystemdError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        for signal in signals {
            signalHandlers[signal] = handler
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, signal)
            pthread_sigmask(SIG_BLOCK, &set, nil)
            try check("sd_event_add_signal", sd_event_add_signal(event, nil, signal, EventLoop.signalArrived, context))
        }
    }

    /// Calls `handler` on the main thread, in ``run()``, at an interval measured with the monotonic clock.
    ///
    /// - Parameter interval: the time between two calls. Less than a millisecond counts as a millisecond, so
    ///   that a timer cannot starve the other sources.
    /// - Throws: ``SystemdError`` if the timer cannot be created.
    package func every(_ interval: Duration, _ handler: @escaping () -> Void) throws(SystemdError) {
        let timer = Timer(interval: max(interval, .milliseconds(1)).microseconds, handler: handler)
        timers.append(timer)
        let context = Unmanaged.passUnretained(timer).toOpaque()
        // The default accuracy, a quarter of a second, lets the kernel wake several timers at once.
        try check(
            "sd_event_add_time_relative",
            sd_event_add_time_relative(
                event, nil, CLOCK_MONOTONIC, timer.interval, 0, EventLoop.timerElapsed, context))
    }

    /// Hands `body` over to the main thread, which calls it in ``run()``, in the order of the calls. Any thread may
    /// call this.
    package func perform(_ body: @escaping @Sendable () -> Void) {
        handedOver.withLock { $0.append(body) }
        wake()
    }

    /// Makes ``run()`` return. Any thread may call this; the first status counts.
    package func exit(_ status: Int32) {
        guard exitStatus.compareExchange(expected: Self.undecided, desired: status, ordering: .relaxed).exchanged
        else { return }
        wake()
    }

    /// Runs the loop until ``exit(_:)`` is called, and returns its status.
    ///
    /// - Throws: ``SystemdError`` if sd-event fails.
    package func run() throws(SystemdError) -> Int32 {
        try check("sd_event_loop", sd_event_loop(event))
        return exitStatus.load(ordering: .relaxed)
    }

    private func wake() {
        var value: UInt64 = 1
        _ = write(wakeDescriptor, &value, MemoryLayout<UInt64>.size)
    }

    private static let signalArrived: sd_event_signal_handler_t = { _, info, context in
        guard let info, let context else { return 0 }
        let signal = Int32(info.pointee.ssi_signo)
        Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue().signalHandlers[signal]?(signal)
        return 0
    }

    private static let timerElapsed: sd_event_time_handler_t = { source, _, context in
        guard let source, let context else { return 0 }
        let timer = Unmanaged<Timer>.fromOpaque(context).takeUnretainedValue()
        timer.handler()
        sd_event_source_set_time_relative(source, timer.interval)
        return sd_event_source_set_enabled(source, Int32(SD_EVENT_ONESHOT))
    }

    private static let woken: sd_event_io_handler_t = { _, descriptor, _, context in
        guard let context else { return 0 }
        let loop = Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue()
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
        let bodies = loop.handedOver.withLock { bodies in
            defer { bodies = [] }
            return bodies
        }
        for body in bodies { body() }
        guard loop.exitStatus.load(ordering: .relaxed) != undecided else { return 0 }
        return sd_event_exit(loop.event, 0)
    }
}
