package import Logging
internal import Synchronization
package import TelemetryModel

/// The state of recording, for an operator.
package struct RecordingState: Sendable, Hashable {
    /// The active run; nil when there is none.
    package let runID: String?

    /// The name of the site stream's file; empty before the first event.
    package let siteFile: String

    /// The events of the active run, or else the last sequence number of the site stream.
    package let events: UInt64

    /// What hinders recording, such as `disk full (0 bytes free in /data)`; nil when nothing does.
    package let hindrance: String?
}

extension TelemetryService {
    /// Where what operators should know is written.
    package var logger: Logger { tools.logger }

    /// The state of recording. It waits for the recorder's lock.
    package func recordingState() -> RecordingState {
        let (runID, siteFile, events, trouble) = state.withLock { state in
            (
                state.run?.run.id, state.site.name, state.run?.run.ownEvents ?? state.site.file.lastSeq, state.trouble
            )
        }
        let hindrance = commit.failure.map { "a sync failed: \($0)" } ?? trouble.map(hindrance)
        return RecordingState(runID: runID, siteFile: siteFile, events: events, hindrance: hindrance)
    }

    /// A failure to write in words for an operator.
    func hindrance(_ error: SystemError) -> String {
        let space = freeSpace
        guard let shortage = error.shortage(space) else { return error.description }
        return "\(shortage) (\(space.bytes) bytes free in \(configuration.siteDirectory))"
    }

    /// What is free where events are recorded; nothing if that cannot be told.
    var freeSpace: FreeSpace {
        (try? tools.fileSystem.freeSpace(at: configuration.siteDirectory)) ?? FreeSpace(bytes: 0)
    }

    /// Reports a type, once, if the latest event of it is ahead of the clock. Any thread may call it.
    package func reportIfAhead(_ type: String, _ time: Timestamp, at now: Timestamp) {
        aheadReports.note(type, time, at: now)
    }

    /// What ``beat(entering:)`` waits for.
    package enum HeartbeatPart: Sendable {
        /// The recorder's lock: no event is stuck in a write.
        case recorder

        /// The commit thread: no event is stuck in a sync.
        case commit
    }

    /// Takes the recorder's lock and waits for the commit thread, and returns when an event would have got through.
    ///
    /// A full disk does not block it: a server that refuses events is alive.
    ///
    /// - Parameter entering: called before it waits for a part.
    package func beat(entering: (HeartbeatPart) -> Void) {
        entering(.recorder)
        state.withLock { _ in }
        entering(.commit)
        commit.ping()
    }
}

extension SystemError {
    /// The resource that has run out; nil when the failure has another cause.
    fileprivate func shortage(_ space: FreeSpace) -> String? {
        guard isOutOfSpace else { return nil }
        if isFileTooLarge { return "file size limit reached" }
        if isQuotaUsedUp { return "disk quota used up" }
        return space.hasNoInodes ? "no inodes free, so no file can be made" : "disk full"
    }
}
