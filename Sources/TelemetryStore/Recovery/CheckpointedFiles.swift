internal import TelemetryModel

/// The files that a start would go on with that finds the last checkpoint which was written, and the `run.json` files.
///
/// Lines in any other file would not be found by that start, so nothing may be appended there before another checkpoint is
/// written. In these, events are recorded while no checkpoint can be written, as on a file system without inodes.
struct CheckpointedFiles: Sendable {
    /// The file of a stream.
    struct File: Sendable {
        /// Nil for the site stream, and where there is no run.
        let run: Run?

        /// The file's path; empty when there is none.
        let path: String

        /// Nil when the file was not open.
        let identity: FileStatus.Identity?

        /// From where it is read, in bytes.
        let offset: Int64

        /// - Parameter offset: where the checkpoint says that lines follow which it does not reflect.
        init(_ stream: StreamFile, run: Run? = nil, offset: Int64) {
            self.init(run: run, path: stream.path, file: stream.log?.file, offset: offset)
        }

        init(run: Run? = nil, path: String, file: LogFile?, offset: Int64) {
            self.run = run
            self.path = path
            identity = file.flatMap { Path.isSame($0.path, path) ? $0.identity : nil }
            self.offset = offset
        }

        /// Whether what is appended to a stream's file will be read.
        fileprivate func isRead(_ stream: StreamFile) -> Bool {
            guard Path.isSame(stream.path, path) else { return false }
            if offset == 0 { return true }
            guard let log = stream.log else { return false }
            return log.file.identity == identity && log.length >= offset
        }

        fileprivate func isOf(_ other: Run) -> Bool {
            run.map { $0.isSame(as: other) && Path.isSame($0.directory, other.directory) } ?? false
        }
    }

    private let site: File

    /// The runs that the checkpoint names.
    private let runs: [File]

    /// The one of them that is active by its `run.json`.
    private var active: File?

    /// - Parameters:
    ///   - runs: those that the checkpoint names.
    ///   - active: the one of them that is active.
    init(site: File, runs: [File], active: Run?) {
        self.site = site
        self.runs = runs
        self.active = active.flatMap { run in runs.first { $0.isOf(run) } }
    }

    /// The files when the `run.json` files say that another run is active, or none; nil when the checkpoint does not name
    /// that run.
    func changed(active run: Run?) -> CheckpointedFiles? {
        var changed = self
        changed.active = run.flatMap { run in runs.first { $0.isOf(run) } }
        return run != nil && changed.active == nil ? nil : changed
    }

    /// Whether what is appended to the site stream's file will be read.
    func lead(toSite stream: StreamFile) -> Bool { site.isRead(stream) }

    /// Whether this run will be active, and what is appended to its file read; without a run, whether none will be.
    func lead(to run: RunStream?) -> Bool {
        guard let run else { return active == nil }
        return active.map { $0.isOf(run.run) && $0.isRead(run.file) } ?? false
    }
}
