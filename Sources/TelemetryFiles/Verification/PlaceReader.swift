internal import TelemetryModel
internal import TelemetryStore

/// Verifies the files of places one after another, against their places and against each other.
struct PlaceReader {
    /// A file that has been verified.
    struct ReadFile {
        let path: String

        /// The `run.json` of its run; nil if it is not a run's file, or `run.json` is unreadable.
        let runFile: RunFile?
    }

    let fileSystem: any FileSystem
    let progress: any ProgressObserver
    let siteDirectory: String?

    /// Whether this process holds the site directories, so that no server writes to the files.
    var isExclusive = false

    /// - Parameter afterwards: called with each NDJSON file and its report, when the file has been compared with the others
    ///   of its directory; returns the final report.
    func reports(
        on places: [RecordedPlace], afterwards: (ReadFile, FileReport) throws(SystemError) -> FileReport
    ) throws(SystemError) -> [FileReport] {
        for place in places { progress.expect(bytes: try size(of: place)) }
        let verifier = FileVerifier(fileSystem: fileSystem, progress: progress)
        var reports: [FileReport] = []
        var places = places[...]
        while let place = places.popFirst() {
            switch place {
            case .file(let path):
                // A run's file is recognized by its name, and the run by the `run.json` in the same directory.
                let isRun = Path.name(of: path) == "telemetry.ndjson"
                let runFile = isRun ? try? RunFile.load(in: Path.directory(of: path), fileSystem)?.get() : nil
                let expectation = FileVerifier.Expectation(
                    stream: isRun ? .run : nil, runs: runFile.map { RunParts($0.run) })
                let report = try verifier.report(on: path, expectation, isInUse: isInUse(path))
                reports.append(try afterwards(ReadFile(path: path, runFile: runFile), report))
            case .siteFile(let path):
                var paths = [path]
                let directory = Path.directory(of: path).utf8
                while case .siteFile(let next) = places.first, Path.directory(of: next).utf8.elementsEqual(directory) {
                    paths.append(next)
                    places.removeFirst()
                }
                reports += try self.reports(onSiteFiles: paths, verifier, afterwards)
            case .run(let directory):
                reports += try self.reports(onRun: directory, verifier, afterwards)
            }
        }
        return reports
    }

    /// - Parameter paths: files of one directory, in the order of their days.
    private func reports(
        onSiteFiles paths: [String], _ verifier: FileVerifier,
        _ afterwards: (ReadFile, FileReport) throws(SystemError) -> FileReport
    ) throws(SystemError) -> [FileReport] {
        var reports: [FileReport] = []
        for path in paths {
            let expectation = FileVerifier.Expectation(stream: .site)
            reports.append(try verifier.report(on: path, expectation, isInUse: isInUse(path)))
        }
        try SiteSequence(fileSystem: fileSystem, progress: progress).check(&reports)
        for index in reports.indices {
            reports[index] = try afterwards(ReadFile(path: paths[index], runFile: nil), reports[index])
        }
        return reports
    }

    private func reports(
        onRun directory: String, _ verifier: FileVerifier,
        _ afterwards: (ReadFile, FileReport) throws(SystemError) -> FileReport
    ) throws(SystemError) -> [FileReport] {
        // Loaded first: if the run is stopped meanwhile, its file is not compared with a count that is newer.
        let loaded = try RunFile.load(in: directory, fileSystem)
        let runFile = try? loaded?.get()
        var reports: [FileReport] = []
        var lines: UInt64 = 0
        var unreadable: UInt64 = 0
        let path = RunStream.file(in: directory)
        if try fileSystem.status(path) != nil {
            let expectation = FileVerifier.Expectation(stream: .run, runs: runFile.map { RunParts($0.run) })
            let report = try verifier.report(on: path, expectation, isInUse: isInUse(path))
            (lines, unreadable) = (report.lines, report.unreadableLines)
            reports.append(try afterwards(ReadFile(path: path, runFile: runFile), report))
        }
        if let fault = loaded?.fault(lines: lines, unreadable: unreadable) {
            var report = FileReport(path: RunFile.path(in: directory))
            report.bytes = try fileSystem.status(report.path)?.size ?? 0
            report.add(fault, line: 1, offset: 0)
            reports.append(report)
        }
        return reports
    }

    /// Whether a server holds the directory, and either appends to this file or has changed it since it was opened.
    private func isInUse(_ path: String) -> (FileStatus) throws(SystemError) -> Bool {
        { opened throws(SystemError) in
            guard !isExclusive else { return false }
            guard
                let holder = try HeldDirectory.holding(path, or: siteDirectory, fileSystem),
                try holder.isHeld(fileSystem)
            else { return false }
            if holder.filesInUse(fileSystem).contains(path) { return true }
            return try fileSystem.status(path) != opened
        }
    }

    private func size(of place: RecordedPlace) throws(SystemError) -> Int64 {
        switch place {
        case .siteFile(let path), .file(let path): try fileSystem.status(path)?.size ?? 0
        case .run(let directory): try fileSystem.status(RunStream.file(in: directory))?.size ?? 0
        }
    }
}

extension Result<RunFile, FileFault> {
    fileprivate func fault(lines: UInt64, unreadable: UInt64) -> FileFault? {
        switch self {
        case .failure(let fault): fault
        case .success(let runFile): runFile.fault(lines: lines, unreadable: unreadable)
        }
    }
}
