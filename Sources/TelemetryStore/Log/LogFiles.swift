internal import Glibc
internal import Logging
internal import SimdJSON
internal import Synchronization
internal import TelemetryModel

/// What readers know about the files of the log. All readers share it; recording does not use it.
package final class LogFiles: Sendable {
    /// A file of the site stream.
    struct SiteFile: Sendable {
        let name: String
        let path: String
        let identity: FileStatus.Identity
        let size: Int64

        /// Where its last whole line ends, in bytes.
        let length: Int64
        let firstSeq: UInt64
        let lastSeq: UInt64

        /// Whether `telemetry migrate` made it. Its lines count from 1 and are older than all others.
        let isMigrated: Bool
    }

    private struct State {
        var sites: [FileStatus.Identity: SiteFile] = [:]
        var indices: [FileStatus.Identity: LineIndex] = [:]
        var blocks = 0
        var sound: [FileStatus.Identity: SoundLines] = [:]
        var soundRanges = 0
    }

    /// How many blocks of all indices are kept: some 10 MB, enough for 50 GB of lines. Beyond that all are dropped.
    private static let maximumBlocks = 200_000

    /// How many ranges of sound lines are kept. A file has one, unless it is damaged. Beyond that all are dropped.
    private static let maximumSoundRanges = 10_000

    let siteDirectory: String
    let catalog: RunCatalog
    let fileSystem: any FileSystem
    private let descriptorCeiling: Int32
    private let state = Mutex(State())
    private let isStopped = Atomic(false)
    private let blockSource = Mutex<BlockSource?>(nil)
    private let soundSource = Mutex<SoundSource?>(nil)

    /// Finds what is known of a file by its path, which must be the very file; nil when nothing is.
    package typealias BlockSource = @Sendable (_ path: String, _ identity: FileStatus.Identity) -> LineIndex?

    /// Finds where the lines of a file are known to be sound, in the same way.
    package typealias SoundSource = @Sendable (_ path: String, _ identity: FileStatus.Identity) -> SoundLines?

    /// - Parameter descriptorCeiling: the first descriptor that no reader may have.
    init(
        siteDirectory: String, catalog: RunCatalog, fileSystem: any FileSystem, descriptorCeiling: Int32 = .max
    ) {
        self.descriptorCeiling = descriptorCeiling
        self.siteDirectory = siteDirectory
        self.catalog = catalog
        self.fileSystem = fileSystem
    }

    /// Ends what reads for long. What is read then fails with `ECANCELED`.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
    }

    /// Has indices come from somewhere, as far as they go.
    func useBlocks(_ source: @escaping BlockSource) {
        blockSource.withLock { $0 = source }
    }

    func useSoundLines(_ source: @escaping SoundSource) {
        soundSource.withLock { $0 = source }
    }

    /// Where the lines of an open file are sound, as far as that is known from a place on; nil when nothing is known.
    ///
    /// - Parameter limit: how far the file is read, in bytes.
    func soundLines(
        _ descriptor: FileDescriptor, at path: String, from offset: Int64, to limit: Int64
    ) throws(SystemError) -> SoundLines? {
        let status = try fileSystem.status(of: descriptor)
        let known = state.withLock { $0.sound[status.identity] }
        if let known, known.fits(status), known.covered > offset || limit - known.covered < LineIndex.stretch {
            return known
        }
        guard let source = soundSource.withLock({ $0 }), let lines = source(path, status.identity),
            lines.fits(status)
        else { return nil }
        state.withLock { state in
            state.soundRanges += lines.ranges.count + 1
            if state.soundRanges > Self.maximumSoundRanges {
                state.sound = [:]
                state.soundRanges = lines.ranges.count + 1
            } else if let known = state.sound[status.identity] {
                state.soundRanges -= known.ranges.count + 1
            }
            state.sound[status.identity] = lines
        }
        return lines
    }

    func checkReading() throws(SystemError) {
        if isStopped.load(ordering: .relaxed) { throw SystemError("read", siteDirectory, code: ECANCELED) }
    }

    /// The files of the site stream that hold events, in the order of their days.
    ///
    /// - Throws: ``SystemError`` when the site directory or a file cannot be read.
    func siteFiles(_ parser: JSONParser) throws(SystemError) -> [SiteFile] {
        var files: [SiteFile] = []
        for name in try fileSystem.entries(of: siteDirectory).sorted() where SiteStream.day(ofName: name) != nil {
            let path = Path.join(siteDirectory, name)
            guard let status = try fileSystem.status(path), status.kind == .file, status.size > 0 else { continue }
            let known = state.withLock { $0.sites[status.identity] }
            if let known, known.size == status.size, known.name == name {
                files.append(known)
            } else if let file = try siteFile(name, parser) {
                state.withLock { $0.sites[file.identity] = file }
                files.append(file)
            }
        }
        return files
    }

    /// Opens a file to read it; nil when it is not there, or something else is.
    ///
    /// - Throws: ``SystemError``, with `EMFILE` when the descriptors that are left are for recording.
    func open(_ path: String) throws(SystemError) -> (descriptor: FileDescriptor, status: FileStatus)? {
        do throws(SystemError) {
            let descriptor = try fileSystem.openForReading(path)
            do throws(SystemError) {
                guard descriptor.rawValue < descriptorCeiling else {
                    throw SystemError("open", path, code: SystemError.tooManyOpenFiles)
                }
                return (descriptor, try fileSystem.status(of: descriptor))
            } catch {
                fileSystem.close(descriptor)
                throw error
            }
        } catch {
            if error.isNotFound || error.code == SystemError.notAFile { return nil }
            throw error
        }
    }

    /// A reader of a file that the recorder has open, which may read nothing yet.
    func reader(of file: LogFile, _ parser: JSONParser, from offset: Int64) -> LogFileReader {
        let reader = LogFileReader(.shared(file), fileSystem, parser, from: offset, limit: offset)
        reader.findSoundLines(self, at: file.path)
        return reader
    }

    /// A reader of what the recorder wrote to a file since it turned to it; nil when there is no file.
    ///
    /// - Parameter file: the file, while the recorder has it open. Later it is opened anew: that readers keep a place costs
    ///   no descriptor.
    /// - Throws: ``SystemError`` with `ENOENT` when the file was taken away.
    func reader(of mark: Watermark, _ file: LogFile?, _ parser: JSONParser) throws(SystemError) -> LogFileReader? {
        if let file { return reader(of: file, parser, from: mark.start.end) }
        guard let identity = mark.identity, mark.committed.end > mark.start.end else { return nil }
        guard let (descriptor, status) = try open(mark.path) else {
            throw SystemError("open", mark.path, code: SystemError.notFound)
        }
        guard status.identity == identity else {
            fileSystem.close(descriptor)
            throw SystemError("open", mark.path, code: SystemError.notFound)
        }
        let reader = LogFileReader(
            .owned(descriptor), fileSystem, parser, from: mark.start.end, limit: mark.start.end)
        reader.findSoundLines(self, at: mark.path)
        return reader
    }

    /// Where the last whole line of an open file ends, in bytes.
    func length(_ descriptor: FileDescriptor, size: Int64) throws(SystemError) -> Int64 {
        try LineReader(file: descriptor, fileSystem: fileSystem).startOfLine(endingAt: size)
    }

    /// Has a reader skip the blocks of its file without an event of a range of times; nil for all times. It then takes sound
    /// lines together.
    func filter(
        _ reader: LogFileReader, of identity: FileStatus.Identity, at path: String, by times: ClosedRange<Timestamp>?
    ) throws(SystemError) {
        guard let times else { return reader.findSoundLines(self, at: path) }
        let position = reader.position
        reader.timeFilter = LineIndex.Filter(try index(of: identity, at: path, reader), times)
        reader.move(to: position)
    }

    /// The index of a file as far as the reader's limit. The reader is moved.
    private func index(
        of identity: FileStatus.Identity, at path: String, _ reader: LogFileReader
    ) throws(SystemError) -> LineIndex {
        if let source = blockSource.withLock({ $0 }), var index = source(path, identity), index.covered > 0,
            reader.limit - index.covered < LineIndex.stretch
        {
            // What is missing is read again for each query: it is little.
            while index.covered < reader.limit, try index.extend(reader) {}
            return index
        }
        var index = state.withLock { $0.indices[identity] } ?? LineIndex()
        // A file that became shorter is another one by now.
        if index.covered > reader.limit { index = LineIndex() }
        let known = index.blocks.count
        while index.covered < reader.limit {
            try checkReading()
            guard try index.extend(reader) else { break }
        }
        state.withLock { state in
            state.blocks += index.blocks.count - known
            if state.blocks > Self.maximumBlocks {
                state.indices = [:]
                state.blocks = index.blocks.count
            }
            state.indices[identity] = index
        }
        return index
    }

    private func siteFile(_ name: String, _ parser: JSONParser) throws(SystemError) -> SiteFile? {
        let path = Path.join(siteDirectory, name)
        guard let (descriptor, status) = try open(path) else { return nil }
        let reader: LogFileReader
        let length: Int64
        do throws(SystemError) {
            length = try self.length(descriptor, size: status.size)
        } catch {
            fileSystem.close(descriptor)
            throw error
        }
        reader = LogFileReader(.owned(descriptor), fileSystem, parser, limit: length)
        guard let first = try reader.next() else { return nil }
        reader.move(to: length)
        let last = try reader.previous() ?? first
        let event = (try? parser.minify(Array(first.text))).flatMap { StoredEvent(json: JSONText(validated: $0)) }
        return SiteFile(
            name: name, path: path, identity: status.identity, size: status.size, length: length, firstSeq: first.seq,
            lastSeq: max(first.seq, last.seq), isMigrated: event?.event.meta.member("migrated_from") != nil)
    }
}
