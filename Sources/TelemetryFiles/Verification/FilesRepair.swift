internal import TelemetryModel
package import TelemetryStore

/// Moves unreadable lines out of recorded files, while no server holds them.
package struct FilesRepair {
    private let fileSystem: any FileSystem
    private let progress: any ProgressObserver

    /// - Parameter progress: receives the bytes that are read. A file that is repaired is read twice.
    package init(fileSystem: any FileSystem = PosixFileSystem(), progress: any ProgressObserver = NoProgress()) {
        self.fileSystem = fileSystem
        self.progress = progress
    }

    /// Repairs files, run directories and site directories, by their absolute paths. Files without unreadable lines are
    /// not touched.
    ///
    /// The site directories that they belong to are locked meanwhile, as by a server.
    ///
    /// - Parameter siteDirectory: the site directory of files that are not below one, but below its run roots.
    /// - Parameter isDryRun: whether to change nothing, and report what would be moved.
    /// - Throws: ``FilesError/held(directory:pid:)`` if a server holds one of them; nothing is changed then.
    package func repair(
        _ paths: [String], siteDirectory: String? = nil, isDryRun: Bool = false
    ) throws(FilesError) -> FilesReport {
        let places = try RecordedPlaces(fileSystem: fileSystem).places(of: paths)
        let locks = try hold(places, or: siteDirectory)
        defer { withExtendedLifetime(locks) {} }
        let reader = PlaceReader(
            fileSystem: fileSystem, progress: progress, siteDirectory: siteDirectory, isExclusive: true)
        do throws(SystemError) {
            let reports = try reader.reports(on: places) { file, report throws(SystemError) in
                if isDryRun || report.unreadableLines == 0 { return report }
                return try repair(file, report, siteDirectory)
            }
            return FilesReport(reports, for: isDryRun ? .dryRun : .repair)
        } catch {
            throw .system(error)
        }
    }

    private func hold(
        _ places: [RecordedPlace], or siteDirectory: String?
    ) throws(FilesError) -> [HeldDirectory: DirectoryLock] {
        var locks: [HeldDirectory: DirectoryLock] = [:]
        for place in places {
            let holder: HeldDirectory?
            do throws(SystemError) {
                holder = try HeldDirectory.holding(place.path, or: siteDirectory, fileSystem)
            } catch {
                throw .system(error)
            }
            guard let holder, locks[holder] == nil else { continue }
            do throws(DirectoryLock.Failure) {
                locks[holder] = try DirectoryLock(siteDirectory: holder.path, fileSystem: fileSystem)
            } catch {
                switch error {
                case .held(let pid): throw .held(directory: holder.path, pid: pid)
                case .system(let error): throw .system(error)
                }
            }
        }
        return locks
    }

    private func repair(
        _ file: PlaceReader.ReadFile, _ report: FileReport, _ siteDirectory: String?
    ) throws(SystemError) -> FileReport {
        var report = report
        let holder = try HeldDirectory.holding(file.path, or: siteDirectory, fileSystem)
        progress.expect(bytes: report.bytes)
        report.moved = try FileRepair(fileSystem: fileSystem, progress: progress).repair(
            file.path, length: report.bytes
        ) { () throws(SystemError) in
            // The checkpoint's offsets into the file are wrong from here on.
            if let holder, holder.filesInUse(fileSystem).contains(file.path) {
                try holder.removeCheckpoint(fileSystem)
            }
        }
        report.isChanging = report.moved == nil
        if let moved = report.moved { report.correctedEvents = try correct(file.runFile, report, moved) }
        return report
    }

    /// Corrects `events` in the `run.json` of a stopped run, if it matched the lines before the repair.
    private func correct(
        _ runFile: RunFile?, _ report: FileReport, _ moved: FileReport.Moved
    ) throws(SystemError) -> UInt64? {
        let left = report.lines - moved.lines
        guard
            let runFile, runFile.run.stoppedAt != nil, runFile.run.events != left,
            runFile.fault(lines: report.lines, unreadable: report.unreadableLines) == nil
        else { return nil }
        let file = try fileSystem.openForReading(runFile.path)
        defer { fileSystem.close(file) }
        let replacement = try FileReplacement(of: runFile.path, file, fileSystem)
        defer { replacement.close() }
        do throws(SystemError) {
            try replacement.write(runFile.text(events: left))
            try replacement.finish()
            try replacement.takePlace()
        } catch {
            replacement.discard()
            throw error
        }
        try fileSystem.synchronizeDirectory(Path.directory(of: runFile.path))
        return left
    }
}
