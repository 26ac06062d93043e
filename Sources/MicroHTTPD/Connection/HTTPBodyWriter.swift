/// The body of a response that is made piece by piece, by any thread, while it is sent.
///
/// A handler makes a writer, answers with ``HTTPResponse/init(status:fields:produced:)``, and leaves the writer to whoever
/// produces the body. What is written waits in a buffer of a bounded size until the client takes it; while there is nothing
/// to send, the connection is suspended and costs nothing.
///
/// To HTTP/1.1 the body is sent in chunks. To HTTP/1.0 it is ended by the end of the connection, so such a client cannot tell
/// one that was aborted. A `HEAD` request is answered without a body, and its connection closed.
///
/// **Events.** `onEvent` is called by the thread of the loop, one call at a time, and holds up all its connections: it does
/// no more than hand work on. It may call the writer's methods. Its last call, and that for certain once the response was given
/// to an exchange, is ``Event/closed(_:)``; what it holds is released then. Where nothing is sent it is called by the thread
/// that answers.
///
/// A writer that is released before ``finish(trailers:)`` aborts its body. `onEvent` may hold the writer: it then lives
/// until the body is closed.
package final class HTTPBodyWriter: Sendable {
    package enum Event: Sendable, Hashable {
        /// What ``write(_:)`` has refused fits now.
        case writable

        /// The server is about to stop. The producer may write a last piece, and should finish: what has not been handed to
        /// the kernel half a second later is cut off, also of a body that is finished.
        case stopping

        /// Nothing more is sent, and all calls are without effect.
        case closed(End)
    }

    /// How a body came to its end.
    package enum End: Sendable, Hashable {
        /// All of it has been handed to the kernel.
        case finished
        case aborted

        /// The client has closed its connection, or its half of it, which looks the same.
        case clientGone

        /// The client has taken nothing for the time that the route gives it.
        case stalled
        case serverStopped

        /// The request has no use for a body: it is `HEAD`, or was answered already.
        case unwanted
    }

    /// What became of a piece.
    package enum Outcome: Sendable, Hashable {
        case taken

        /// There is no room, and nothing was taken; ``Event/writable`` follows.
        case full

        /// The body has ended.
        case closed
    }

    let pipe: BodyPipe

    /// - Parameters:
    ///   - capacity: how much waits for the client, in bytes. A piece that is longer is taken when nothing waits.
    package init(capacity: Int = 256 << 10, onEvent: @escaping @Sendable (Event) -> Void = { _ in }) {
        pipe = BodyPipe(capacity: capacity, onEvent: onEvent)
    }

    deinit {
        pipe.abort()
    }

    /// Sends a piece, all of it or nothing. Any thread may call it; the pieces of several threads are not mixed.
    ///
    /// Pieces of 16 KiB or more are kept as they are, and not copied.
    package func write(_ bytes: [UInt8]) -> Outcome {
        pipe.write(bytes)
    }

    /// Sends no more than what was written. Any thread may call it.
    ///
    /// - Parameter trailers: fields after the body, for clients that speak HTTP/1.1. The response should announce them in its
    ///   `Trailer` field.
    package func finish(trailers: [HTTPResponse.Field] = []) {
        pipe.finish(trailers)
    }

    /// Breaks off: closes the connection without an end of the body, so that the client knows that it is incomplete. What
    /// was written and not sent is thrown away. Any thread may call it; it has no effect after ``finish(trailers:)``.
    package func abort() {
        pipe.abort()
    }

    /// How much was written and is not on its way, in bytes.
    package var backlog: Int { pipe.backlog }
}
