internal import CSystemd
internal import Glibc
internal import Synchronization

/// The main thread's loop: it waits for signals and for ``exit(_:)``.
///
/// Make it before any other thread starts: the signals it takes must be blocked in all of them.
///
/// The corresponding C functions are those of `sd-event(3)`.
package final class EventLoop: @unchecked Sendable {  // Other threads use the exit descriptor and the atomic only.
    private let event: OpaquePointer
    private let exitDescriptor: Int32
    private var signalHandler: (Int32) -> Void = { _ in }
    private let exitStatus = Atomic<Int32>(EventLoop.undecided)

    private static let undecided: Int32 = -1

    /// - Throws: ``SystemdError`` when the loop cannot be made.
    package init() throws(SystemdError) {
        var event: OpaquePointer?
        try check("sd_event_new", sd_event_new(&event))
        guard let event else { throw SystemdError(function: "sd_event_new", code: ENOMEM) }
        self.event = event
        exitDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard exitDescriptor >= 0 else { throw SystemdError(function: "eventfd", code: errno) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        try check(
            "sd_event_add_io",
            sd_event_add_io(event, nil, exitDescriptor, UInt32(EPOLLIN.rawValue), EventLoop.exitRequested, context))
    }

    deinit {
        sd_event_unref(event)
        close(exitDescriptor)
    }

    /// Calls `handler` on the main thread, in ``run()``, for each of the signals. They no longer have their usual effect.
    ///
    /// - Throws: ``SystemdError`` when a signal cannot be watched.
    package func onSignals(_ signals: [Int32], _ handler: @escaping (Int32) -> Void) throws(SystemdError) {
        signalHandler = handler
        let context = Unmanaged.passUnretained(self).toOpaque()
        for signal in signals {
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, signal)
            pthread_sigmask(SIG_BLOCK, &set, nil)
            try check("sd_event_add_signal", sd_event_add_signal(event, nil, signal, EventLoop.signalArrived, context))
        }
    }

    /// Ends ``run()``. Any thread may call it; the first status counts.
    package func exit(_ status: Int32) {
        guard exitStatus.compareExchange(expected: Self.undecided, desired: status, ordering: .relaxed).exchanged
        else { return }
        var value: UInt64 = 1
        _ = write(exitDescriptor, &value, MemoryLayout<UInt64>.size)
    }

    /// Waits until ``exit(_:)`` is called, and returns its status.
    ///
    /// - Throws: ``SystemdError`` when the loop fails.
    package func run() throws(SystemdError) -> Int32 {
        try check("sd_event_loop", sd_event_loop(event))
        return exitStatus.load(ordering: .relaxed)
    }

    private static let signalArrived: sd_event_signal_handler_t = { _, info, context in
        guard let info, let context else { return 0 }
        Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue().signalHandler(Int32(info.pointee.ssi_signo))
        return 0
    }

    private static let exitRequested: sd_event_io_handler_t = { _, _, _, context in
        guard let context else { return 0 }
        return sd_event_exit(Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue().event, 0)
    }
}
