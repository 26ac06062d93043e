/// Reads a response while it arrives. One task at a time uses it; releasing it ends the transfer.
final class HTTPStreamReader: Sendable {
    private let stream: HTTPStream
    private let id: UInt64
    private let shared: HTTPTransport.Shared

    init(_ stream: HTTPStream, _ id: UInt64, _ shared: HTTPTransport.Shared) {
        self.stream = stream
        self.id = id
        self.shared = shared
    }

    deinit {
        if stream.outcome == nil { shared.cancel(id) }
    }

    /// Waits for the status and the header fields.
    func head() async throws(HTTPFailure) -> HTTPHead {
        while true {
            try checkCancellation()
            if let head = stream.head { return head }
            switch stream.outcome {
            case .failure(let failure)?: throw failure
            case .success?: throw .interrupted("the answer ended within its header")
            case nil: await wait(forHead: true)
            }
        }
    }

    /// The header fields, and the trailers once the body has been read to its end.
    var fields: [String: String] { stream.head?.fields ?? [:] }

    /// For how long the server had to wait, at most, because the pieces were not taken.
    var longestPause: Duration { stream.longestPause }

    /// Waits for the next piece of the body; nil at its end.
    func next() async throws(HTTPFailure) -> [UInt8]? {
        while true {
            try checkCancellation()
            switch stream.takeOut() {
            case .bytes(let bytes, let wasPaused):
                if wasPaused { shared.post { $0.resumed.append(id) } }
                return bytes
            case .end(let outcome):
                try outcome.get()
                return nil
            case .nothing:
                await wait(forHead: false)
            }
        }
    }

    private func checkCancellation() throws(HTTPFailure) {
        guard Task.isCancelled else { return }
        shared.cancel(id)
        throw .cancelled
    }

    private func wait(forHead: Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { stream.leave($0, forHead: forHead) }
        } onCancel: {
            shared.cancel(id)
        }
    }
}
