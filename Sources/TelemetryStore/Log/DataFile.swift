internal import TelemetryModel

/// A file of the log, for those that read one file after another and not the events in their order.
package struct DataFile: Sendable {
    package let path: String

    /// The name of a site file, or the directory of a run: from the site directory, if it lies there.
    package let name: String

    /// The runs that have their lines in it, one after another; none for a file of the site stream.
    package let runs: [Part]

    fileprivate let active: Watermark?

    /// The lines of one run.
    package struct Part: Sendable {
        package let runID: String

        /// The sequence numbers that they may have.
        package let seqs: ClosedRange<UInt64>
    }

    package var isSite: Bool { runs.isEmpty }

    /// Whether the recorder writes to it.
    package var isActive: Bool { active.map { $0.next == nil } ?? false }

    /// How far it is committed while the recorder writes to it, in bytes; nil otherwise.
    package var committed: Int64? { isActive ? active?.committed.end : nil }
}

/// A data file that is open.
package final class OpenDataFile: Sendable {
    package let size: Int64

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    package let modified: Int64

    /// How far it may be read, in bytes. A file that the recorder does not write to may end with a line that is not whole.
    package let limit: Int64
    package let identity: FileStatus.Identity
    private let descriptor: FileDescriptor
    private let files: LogFiles

    fileprivate init(_ descriptor: FileDescriptor, _ status: FileStatus, limit: Int64, _ files: LogFiles) {
        self.descriptor = descriptor
        size = status.size
        identity = status.identity
        modified = status.modified
        self.limit = limit
        self.files = files
    }

    deinit {
        files.fileSystem.close(descriptor)
    }

    /// Reads at an offset and returns how many bytes were read; 0 at the end of the file.
    package func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemError) -> Int {
        try files.fileSystem.read(buffer, from: descriptor, at: offset)
    }

    /// Throws ``SystemError`` with `ECANCELED` once what reads for long is to end.
    package func checkNotStopped() throws(SystemError) { try files.checkReading() }
}

extension CommittedLog {
    package var fileSystem: any FileSystem { files.fileSystem }

    package var siteDirectory: String { files.siteDirectory }

    /// The files of the log: those of the site stream in the order of their days, then those of runs, in their order.
    ///
    /// - Throws: ``SystemError`` when a directory cannot be read.
    package func dataFiles() throws(SystemError) -> [DataFile] {
        // Before the directories are listed: a file that is made meanwhile is found by the next call.
        let marks = marks
        var list: [DataFile] = []
        for name in try fileSystem.entries(of: siteDirectory).sorted() where SiteStream.day(ofName: name) != nil {
            let path = Path.join(siteDirectory, name)
            list.append(DataFile(path: path, name: name, runs: [], active: marks.site.watermark.if(path)))
        }
        var seen: Set<[UInt8]> = []
        for run in try files.catalog.originals().sorted(by: { RunSpan.order(of: $0) < RunSpan.order(of: $1) })
        where seen.insert(Array(run.directory.utf8)).inserted {
            let path = RunStream.file(in: run.directory)
            let parts = RunSpan.spans(of: run).map {
                DataFile.Part(runID: $0.id, seqs: min($0.seqBefore &+ 1, $0.lastSeq)...$0.lastSeq)
            }
            list.append(
                DataFile(
                    path: path, name: Path.rest(of: run.directory, below: siteDirectory) ?? run.directory, runs: parts,
                    active: marks.run.watermark.if(path)))
        }
        return list
    }

    /// Has readers that want a span of time skip what lies outside of it.
    package func useBlocks(_ source: @escaping LogFiles.BlockSource) { files.useBlocks(source) }

    /// Has readers that want all lines take many at a time, where they are known to be sound.
    package func useSoundLines(_ source: @escaping LogFiles.SoundSource) { files.useSoundLines(source) }

    /// Changes when a stream turns to another file.
    package var turns: UInt64 {
        let marks = marks
        return marks.site.watermark.number &+ marks.run.watermark.number
    }

    /// Opens a data file to read it.
    ///
    /// - Returns: nil when it is not there, or is not the file any more that the recorder writes to.
    package func open(_ file: DataFile) throws(SystemError) -> OpenDataFile? {
        // In this order: a file that the recorder has left by now may be read to its end.
        let committed = file.committed
        guard let (descriptor, status) = try files.open(file.path) else { return nil }
        let isOther = committed != nil && file.active?.identity != status.identity
        let open = OpenDataFile(descriptor, status, limit: committed ?? status.size, files)
        return isOther ? nil : open
    }

    /// Throws ``SystemError`` with `ECANCELED` once reading is to end.
    package func checkNotStopped() throws(SystemError) { try files.checkReading() }

    /// Has `wake` called once, on a thread that is not the recorder's, after the next commit.
    ///
    /// - Returns: what ``cancelWake(_:)`` takes.
    package func wakeAfterCommit(_ wake: @escaping @Sendable () -> Void) -> UInt64 { signal.wait(wake) }

    package func cancelWake(_ id: UInt64) { signal.cancel(id) }

    /// How far both streams are committed: it changes with each commit.
    package var committedBytes: Int64 {
        let marks = marks
        return marks.site.watermark.committed.end &+ marks.run.watermark.committed.end
    }
}

extension Watermark {
    /// The watermark if it is that of a file.
    fileprivate func `if`(_ path: String) -> Watermark? { Path.isSame(self.path, path) ? self : nil }
}

/// What can be told of a line of a stream's file without parsing it.
package enum StoredLine {
    /// The type of a line that begins as this server writes lines, as it stands between the quotes; nil for any other
    /// line, and for a type with escapes.
    package static func type(of line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let head = LineHead(line.assumingMemoryBound(to: UInt8.self)) else { return nil }
        let type = UnsafeRawBufferPointer(rebasing: line[head.type.range])
        return type.contains(UInt8(ascii: "\\")) ? nil : type
    }

    /// The sequence number of a line that begins as this server writes lines; nil for any other.
    package static func seq(of line: UnsafeRawBufferPointer) -> UInt64? {
        LineHead(line.assumingMemoryBound(to: UInt8.self))?.seq
    }

    /// Lines that are longer than this, in bytes, are damaged.
    package static var maximumLength: Int { Int(LineReader.maximumLineLength) }
}
