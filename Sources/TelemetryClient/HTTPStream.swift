internal import Synchronization

/// The response of a request while it arrives. The ``CurlThread`` puts it in, and an ``HTTPStreamReader`` takes it out.
///
/// It holds at most ``capacity`` bytes, and the piece that came last: then the transfer is paused until they are taken, and
/// with it the server.
final class HTTPStream: Sendable {
    /// In bytes.
    static let capacity = 256 << 10

    /// Of all header fields and trailers together, in bytes; what is beyond is left out.
    private static let maximumFieldsLength = 64 << 10

    private struct State {
        var head: HTTPHead?
        var isHeadComplete = false
        var fieldsLength = 0
        var bytes: [UInt8] = []
        var isPaused = false
        var pausedAt = ContinuousClock.now
        var longestPause = Duration.zero
        var outcome: Result<Void, HTTPFailure>?
        var waiter: CheckedContinuation<Void, Never>?
        var deadline: ContinuousClock.Instant

        mutating func wake() {
            waiter?.resume()
            waiter = nil
        }
    }

    /// What a reader finds.
    enum Find {
        case bytes([UInt8], wasPaused: Bool)
        case end(Result<Void, HTTPFailure>)
        case nothing
    }

    private let silence: Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - firstSilence: how long nothing may come at first.
    ///   - silence: how long nothing may come later.
    init(firstSilence: Duration, silence: Duration) {
        self.silence = silence
        state = Mutex(State(deadline: .now.advanced(by: min(firstSilence, .seconds(1 << 31)))))
    }

    /// When the response has been silent for too long; nil while it waits for its reader.
    var deadline: ContinuousClock.Instant? {
        state.withLock { $0.isPaused ? nil : $0.deadline }
    }

    // MARK: - For the thread

    /// Takes a line of the header or of the trailers.
    func takeFieldLine(_ bytes: UnsafeRawBufferPointer) {
        let line = String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
        state.withLock { state in
            if !state.isHeadComplete, line.hasPrefix("HTTP/") {
                // Also after `100 Continue`, and when libcurl asks again on another connection.
                let status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
                state.head = HTTPHead(status: status ?? 0, fields: [:])
                state.fieldsLength = 0
            } else if line.isEmpty {
                guard let status = state.head?.status, status >= 200 else { return }
                state.isHeadComplete = true
                state.deadline = .now.advanced(by: silence)
                state.wake()
            } else if let colon = line.firstIndex(of: ":") {
                state.fieldsLength += line.utf8.count
                guard state.fieldsLength <= Self.maximumFieldsLength else { return }
                let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
                state.head?.fields[line[..<colon].lowercased()] = String(value)
            }
        }
    }

    /// Takes a piece of the body; false when there is no room, and it has to come again.
    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            if state.bytes.count >= Self.capacity {
                state.isPaused = true
                state.pausedAt = .now
                return false
            }
            state.isHeadComplete = true
            state.bytes.append(contentsOf: bytes)
            state.deadline = .now.advanced(by: silence)
            state.wake()
            return true
        }
    }

    /// Ends the stream. What it holds can still be read, unless it was cancelled.
    func finish(_ outcome: HTTPTransport.Outcome) {
        state.withLock { state in
            state.outcome = outcome.map { _ in }
            state.wake()
        }
    }

    // MARK: - For the reader

    /// The head, with the trailers that have come; nil before it is complete.
    var head: HTTPHead? {
        state.withLock { $0.isHeadComplete ? $0.head : nil }
    }

    /// How the stream ended; nil before.
    var outcome: Result<Void, HTTPFailure>? { state.withLock { $0.outcome } }

    /// For how long the transfer waited for its reader, at most.
    var longestPause: Duration { state.withLock { $0.longestPause } }

    /// Takes out all that there is.
    func takeOut() -> Find {
        state.withLock { state in
            if !state.bytes.isEmpty {
                let find = Find.bytes(state.bytes, wasPaused: state.isPaused)
                state.bytes = []
                if state.isPaused {
                    state.deadline = .now.advanced(by: silence)
                    state.longestPause = max(state.longestPause, state.pausedAt.duration(to: .now))
                }
                state.isPaused = false
                return find
            }
            return state.outcome.map { .end($0) } ?? .nothing
        }
    }

    /// Leaves the continuation of a task that found nothing, to be resumed when there is news.
    ///
    /// - Parameter forHead: it waits for the head, and not for the body.
    func leave(_ continuation: CheckedContinuation<Void, Never>, forHead: Bool) {
        state.withLock { state in
            if state.outcome != nil || (forHead ? state.isHeadComplete : !state.bytes.isEmpty) {
                continuation.resume()
            } else {
                state.waiter = continuation
            }
        }
    }
}
