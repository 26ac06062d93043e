internal import Logging
internal import Synchronization
internal import TelemetryModel

/// Whether events can be recorded.
package enum Readiness: Sendable, Hashable {
    case ready(isRunActive: Bool)
    case notReady(reason: String, isRunActive: Bool)
}

extension TelemetryService {
    /// Whether an event would be recorded now. If the last one was not, a small file is written and synced to find out,
    /// with the recorder's lock held: call it on a thread that may wait.
    package func readiness() -> Readiness {
        state.withLock { state in
            let isRunActive = state.run != nil
            if let failure = commit.failure {
                return .notReady(reason: "A sync failed: \(failure)", isRunActive: isRunActive)
            }
            do throws(SystemError) {
                if state.trouble == nil, try tools.fileSystem.target(of: configuration.siteDirectory) != nil {
                    // There may be room for it by now.
                    if checkpointer.failure != nil { try turn(&state, for: state.run == nil ? .site : .run) }
                    return .ready(isRunActive: isRunActive)
                }
                try tryToRecord(&state)
                endTrouble(&state)
                return .ready(isRunActive: isRunActive)
            } catch {
                _ = note(error, in: &state)
                return .notReady(reason: reason(for: error), isRunActive: isRunActive)
            }
        }
    }

    /// What an operator should know though events are recorded: what the start found not to be as it should be, with what is
    /// done instead, and that no checkpoint can be written.
    package var notices: [String] {
        guard let failure = checkpointer.failure else { return startNotices }
        let notice =
            "The checkpoint cannot be written (\(hindrance(failure)): \(failure)): a start has more to read until it can be"
        return startNotices + [notice]
    }

    /// Does everything that recording an event does, except for the event.
    private func tryToRecord(_ state: inout State) throws(SystemError) {
        try prepare(state.run == nil ? .site : .run, at: clock.peek(), &state)
        let log = state.run?.file.log ?? state.site.file.log
        if let trouble = state.trouble, trouble.isFileTooLarge, let length = log?.length,
            length + Int64(Self.probeLength) > tools.fileSystem.maximumFileSize()
        {
            throw trouble
        }
        try tryToWrite()
    }

    /// Why recording fails, in words for an operator.
    private func reason(for error: SystemError) -> String {
        switch refusal(for: error) {
        case .storageFull(let reason, let directory, let space): "\(reason); \(space) in \(directory)"
        default: error.description
        }
    }

    private static let probeLength = 4_096

    /// Writes and removes a small file beside the checkpoint.
    private func tryToWrite() throws(SystemError) {
        let path = Path.join(configuration.siteDirectory, ".telemetry/probe")
        if try tools.fileSystem.status(path) != nil { try tools.fileSystem.remove(path) }
        let file = try tools.fileSystem.create(path)
        defer {
            tools.fileSystem.close(file)
            try? tools.fileSystem.remove(path)
        }
        try tools.fileSystem.writeAll([UInt8](repeating: 0, count: Self.probeLength), to: file)
        try tools.fileSystem.synchronize(file)
    }
}
