internal import Logging
internal import SimdJSON
internal import TelemetryModel

/// A storage target's file, opened when it is needed and again when it was taken away.
struct StreamFile: Sendable {
    /// What opening files needs.
    struct Tools: Sendable {
        let fileSystem: any FileSystem
        let parser: JSONParser
        let logger: Logger
    }

    let path: String

    /// The highest sequence number that was given out.
    private(set) var lastSeq: UInt64
    private(set) var log: EventLog?

    init(path: String, lastSeq: UInt64) {
        self.path = path
        self.lastSeq = lastSeq
    }

    /// Whether the file is open and stands at its path. It is closed when it does not.
    mutating func isInPlace(_ tools: Tools) throws(SystemError) -> Bool {
        guard log != nil else { return false }
        if try log?.isInPlace() == true { return true }
        log = nil
        tools.logger.warning("The file was taken away or changed: it is opened anew", metadata: ["file": .string(path)])
        return false
    }

    /// Opens the file, made if it is missing, and repairs its tail.
    mutating func open(_ tools: Tools) throws(SystemError) {
        let (log, opening) = try EventLog.open(path, parser: tools.parser, fileSystem: tools.fileSystem)
        self.log = log
        lastSeq = max(lastSeq, opening.lastSeq)
        if let repair = opening.repair {
            tools.logger.warning(
                "A torn last line was moved out of the way",
                metadata: [
                    "file": .string(path), "offset": .stringConvertible(repair.offset),
                    "bytes": .stringConvertible(repair.bytes), "moved_to": .string(repair.sidecar),
                ])
        }
    }

    /// Takes a sequence number without a line: for an ephemeral event.
    mutating func takeSeq() -> UInt64 {
        lastSeq += 1
        return lastSeq
    }

    /// Appends the line of the next event to the open file; the sequence number is taken when the line is in it.
    mutating func append(_ line: [UInt8]) throws(SystemError) {
        guard log != nil else { throw SystemError("append", path, code: SystemError.notFound) }
        try log?.append(line)
        lastSeq += 1
    }

    /// Sees what was appended on disk.
    func synchronize() throws(SystemError) {
        try log?.file.synchronize()
    }
}
