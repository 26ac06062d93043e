internal import TelemetryModel
package import TelemetryStore

/// Converts the records of a PanFileDB into site files of a telemetry server, one for each day in UTC.
///
/// The source is read once; each record becomes an event and goes to the ``RecordSorter``. The ``SiteFilesWriter``
/// writes the sorted events to ``StagedFiles``, which are renamed to their final names once all of them are synced.
/// Lines that are not strict JSON objects are copied to `<collection>.json.rejected`.
package struct PanFileMigration {
    private let fileSystem: any FileSystem
    private let observer: any MigrationObserver
    private let limits: RecordSorter.Limits

    /// - Parameter observer: receives progress in bytes of the source, each counted twice: when read and when written.
    package init(fileSystem: any FileSystem = PosixFileSystem(), observer: any MigrationObserver) {
        self.init(fileSystem: fileSystem, observer: observer, limits: RecordSorter.Limits())
    }

    init(fileSystem: any FileSystem, observer: any MigrationObserver, limits: RecordSorter.Limits) {
        self.fileSystem = fileSystem
        self.observer = observer
        self.limits = limits
    }

    /// Reads everything and writes nothing.
    package func dryRun(from source: String, to destination: String) throws(MigrationError) -> MigrationReport {
        var report = MigrationReport(source: source, destination: destination, isDryRun: true)
        let collections = try collections(in: source, &report)
        for collection in collections { observer.expect(bytes: collection.size) }
        var days: Set<Int64> = []
        do throws(SystemError) {
            for collection in collections {
                report.begin(collection)
                try CollectionReader(collection, fileSystem, observer).read(&report) { record, _ in
                    days.insert(PanFileDate.day(of: record.time))
                } reject: { _, _ in
                }
            }
        } catch {
            throw MigrationError(error)
        }
        report.days = UInt64(days.count)
        return report
    }

    /// Reads everything, and writes it to a directory, which is created if it is missing.
    ///
    /// The directory is locked meanwhile, as by a server. Files that exist with the same content are left alone, so
    /// that a migration can be repeated.
    ///
    /// - Parameter isReplacing: whether to replace existing files with different content.
    package func migrate(
        from source: String, to destination: String, isReplacing: Bool = false
    ) throws(MigrationError) -> MigrationReport {
        var report = MigrationReport(source: source, destination: destination, isDryRun: false)
        let collections = try collections(in: source, &report)
        if collections.isEmpty { return report }
        let directory = try DestinationDirectory(destination, fileSystem)
        defer { withExtendedLifetime(directory) {} }
        for collection in collections { observer.expect(bytes: 2 * collection.size) }

        let occupied: [String]
        do throws(SystemError) {
            let files = StagedFiles(in: directory.path, fileSystem)
            try write(collections, to: files, &report)
            report.filesUnchanged = try files.removeUnchanged()
            occupied = try files.occupiedPlaces()
            if observer.isCancelled { throw .cancelledMigration }
            if occupied.isEmpty || isReplacing {
                try directory.forget(occupied)
                report.filesWritten = try files.publish()
            }
        } catch {
            throw MigrationError(error)
        }
        guard occupied.isEmpty || isReplacing else { throw .exists(occupied) }
        return report
    }

    private func collections(
        in source: String, _ report: inout MigrationReport
    ) throws(MigrationError) -> [PanFileCollection] {
        guard
            let directory = try? fileSystem.canonicalPath(source),
            let status = try? fileSystem.status(directory), status.kind == .directory
        else { throw .noSource(source) }
        do throws(SystemError) {
            return try PanFileCollection.all(in: directory, fileSystem) { path in
                let warning = MigrationWarning(file: path, line: nil, reason: .notAFile)
                report.add(warning)
                observer.warn(warning)
            }
        } catch {
            throw MigrationError(error)
        }
    }

    /// Writes the new files under their temporary names.
    private func write(
        _ collections: [PanFileCollection], to files: StagedFiles, _ report: inout MigrationReport
    ) throws(SystemError) {
        var sorter = try RecordSorter(in: files.directory, limits: limits, fileSystem)
        for collection in collections {
            report.begin(collection)
            var rejected: StagedFile?
            let name = Path.name(of: collection.path) + ".rejected"
            try CollectionReader(collection, fileSystem, observer).read(&report) { record, length throws(SystemError) in
                try sorter.add(time: record.time, SiteFilesWriter.tail(of: record.event), sourceLength: length)
            } reject: { file, range throws(SystemError) in
                if rejected == nil { rejected = try files.create(name) }
                if let rejected { try copy(range, of: file, to: rejected) }
            }
            if let rejected {
                try rejected.finish()
                report.setRejectedFile(Path.join(files.directory, name))
            }
        }
        var records = try sorter.merge(observer)
        report.days = try SiteFilesWriter(files: files, observer: observer).write(&records)
    }

    /// Copies a line of any length, and adds a newline.
    private func copy(_ range: Range<Int64>, of file: FileDescriptor, to target: StagedFile) throws(SystemError) {
        let reader = LineReader(file: file, fileSystem: fileSystem)
        let pieceLength: Int64 = 1 << 18
        var position = range.lowerBound
        while position < range.upperBound {
            let piece = try reader.bytes(from: position, to: min(range.upperBound, position + pieceLength))
            if piece.isEmpty { break }
            try target.write { $0.append(contentsOf: piece) }
            position += Int64(piece.count)
        }
        try target.write { $0.append(UInt8(ascii: "\n")) }
    }
}
