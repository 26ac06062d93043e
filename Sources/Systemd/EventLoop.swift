internal import CSystemd
internal import Glibc
internal import Synchronization

/// The main thread's loop: it waits for signals, timers, and what other threads hand to it.
///
/// Make it before any other thread starts: the signals it takes must be blocked in all of them.
///
/// The corresponding C functions are those of `sd-event(3)`.
package final class EventLoop: @unchecked Sendable {  // Other threads use what is thread-safe only.
    /// A timer and what it calls; sd-event holds it for as long as the loop lives.
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

    /// - Throws: ``SystemdError`` when the loop cannot be made.
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

    /// Calls `handler` on the main thread, in ``run()``, for each of the signals. They no longer have their usual effect.
    ///
    /// - Throws: ``SystemdError`` when a signal cannot be watched.
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

    /// Calls `handler` on the main thread, in ``run()``, again and again. The time is monotonic.
    ///
    /// - Parameter interval: a millisecond if it is shorter, so that a timer leaves time for everything else.
    /// - Throws: ``SystemdError`` when the timer cannot be made.
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

    /// Has `body` called on the main thread, in ``run()``. Any thread may call it.
    package func perform(_ body: @escaping @Sendable () -> Void) {
        handedOver.withLock { $0.append(body) }
        wake()
    }

    /// Ends ``run()``. Any thread may call it; the first status counts.
    package func exit(_ status: Int32) {
        guard exitStatus.compareExchange(expected: Self.undecided, desired: status, ordering: .relaxed).exchanged
        else { return }
        wake()
    }

    /// Waits until ``exit(_:)`` is called, and returns its status.
    ///
    /// - Throws: ``SystemdError`` when the loop fails.
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
