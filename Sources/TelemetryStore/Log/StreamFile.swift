internal import Logging
internal import SimdJSON
internal import TelemetryModel

/// The file of a storage target. It is opened when it is needed, and again after it was removed or replaced.
struct StreamFile: Sendable {
    /// What it takes to open files.
    struct Tools: Sendable {
        let fileSystem: any FileSystem
        let parser: JSONParser
        let logger: Logger

        /// See ``StoreConfiguration/placeCheckInterval``.
        var placeCheckInterval: Int64 = 0

        var findings = StartFindings()

        /// Tools whose reports name a run.
        func concerning(run id: String?) -> Tools {
            Tools(
                fileSystem: fileSystem, parser: parser, logger: logger.concerning(run: id),
                placeCheckInterval: placeCheckInterval, findings: findings)
        }
    }

    let path: String

    /// The run that it belongs to; nil for the site stream.
    let runID: String?

    /// The highest sequence number that was given out.
    private(set) var lastSeq: UInt64
    private(set) var log: EventLog?

    /// When the file was last seen in its place.
    private var seenInPlace: Int64?

    /// When the file last had to be in its place.
    private var neededInPlace: Int64 = 0

    init(path: String, runID: String? = nil, lastSeq: UInt64) {
        self.path = path
        self.runID = runID
        self.lastSeq = lastSeq
    }

    /// Whether the file is open and still at its path. If it is not, it is closed.
    mutating func isInPlace(_ tools: Tools) throws(SystemError) -> Bool {
        guard log != nil else { return false }
        let now = tools.placeCheckInterval > 0 ? MonotonicTime.nanoseconds : 0
        defer { neededInPlace = now }
        if let seenInPlace, now - seenInPlace < tools.placeCheckInterval,
            now - neededInPlace < tools.placeCheckInterval / StoreConfiguration.placeCheckPause
        {
            return true
        }
        if try log?.isInPlace() == true {
            seenInPlace = now
            return true
        }
        log = nil
        seenInPlace = nil
        tools.logger.concerning(run: runID).report(
            .warning, nil, "\(path) was taken away or changed: it is opened anew", repeats: "taken away \(path)",
            metadata: ["file": .string(path)])
        return false
    }

    /// Opens the file, creates it if it is missing, and repairs its tail.
    mutating func open(_ tools: Tools) throws(SystemError) {
        let (log, opening) = try EventLog.open(path, parser: tools.parser, fileSystem: tools.fileSystem)
        self.log = log
        lastSeq = max(lastSeq, opening.lastSeq)
        if let repair = opening.repair {
            tools.concerning(run: runID).report(
                found: "The torn last line of \(path), \(repair.bytes) bytes, was moved to \(repair.sidecar)",
                .tornTailRepaired,
                metadata: [
                    "file": .string(path), "offset": .stringConvertible(repair.offset),
                    "bytes": .stringConvertible(repair.bytes), "moved_to": .string(repair.sidecar),
                ])
        }
    }

    /// Appends the lines of the next events to the open file, and takes their sequence numbers when all of them are in
    /// it.
    ///
    /// - Parameters:
    ///   - lines: whole lines; none when all of the events are ephemeral.
    ///   - seq: the last of the sequence numbers.
    mutating func append(_ lines: UnsafeRawBufferPointer, through seq: UInt64) throws(SystemError) {
        if !lines.isEmpty {
            guard log != nil else { throw SystemError("append", path, code: SystemError.notFound) }
            try log?.append(lines)
        }
        lastSeq = seq
    }

    /// Undoes the last append, which has not been published.
    ///
    /// - Parameters:
    ///   - count: how many bytes.
    ///   - seq: the last sequence number before.
    mutating func takeBack(_ count: Int, to seq: UInt64) {
        if count > 0 { log?.takeBack(count) }
        lastSeq = seq
    }

    /// Syncs the file: what was appended is on disk when this returns.
    func synchronize() throws(SystemError) {
        try log?.file.synchronize()
    }
}
