internal import Glibc

/// What is counted of requests. All of it is for the loop's thread.
///
/// A duration goes from the call of the handler, when the request is complete, to the moment when its answer is handed to
/// libmicrohttpd. The clock is read once for all requests that come in with a turn; and once for the answers that are
/// sent together, or for each that is given at once.
extension HTTPLoop {
    /// A handler is about to be called.
    func noteBegin(of exchange: HTTPExchange) {
        if turnTime == 0 { turnTime = Self.now }
        exchange.reception.beganAt = turnTime
    }

    /// The turn has gone on for long enough that its time is another one.
    func advanceTime() {
        turnTime = Self.now
    }

    /// The answer of a handler is about to be queued.
    func noteAnswer(to exchange: HTTPExchange) {
        if turnTime == 0 { turnTime = Self.now }
        counters.count(duration: turnTime &- exchange.reception.beganAt, of: exchange.reception.route)
    }

    /// The monotonic clock, in nanoseconds.
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
    }
}
