internal import Logging
internal import Synchronization
internal import TelemetryModel

/// What a start finds on the disk that is not as the server left it, and what is done instead; for people.
final class StartFindings: Sendable {
    private struct State {
        var texts: [String] = []
        var isOpen = true
    }

    private let state = Mutex(State())

    var texts: [String] { state.withLock { $0.texts } }

    /// Ignored once the start is over.
    func add(_ text: String) {
        state.withLock { state in
            if state.isOpen { state.texts.append(text) }
        }
    }

    /// Ends the start.
    func close() {
        state.withLock { $0.isOpen = false }
    }
}

extension StreamFile.Tools {
    /// Reports what is not as it should be on the disk, and keeps it if the server is starting.
    ///
    /// - Parameter repeats: as for ``Logging/Logger/report(_:_:_:repeats:metadata:file:function:line:)``.
    func report(found text: String, _ id: MessageID, repeats: String? = nil, metadata: Logger.Metadata) {
        findings.add(text)
        logger.report(.warning, id, "\(text)", repeats: repeats, metadata: metadata)
    }
}
