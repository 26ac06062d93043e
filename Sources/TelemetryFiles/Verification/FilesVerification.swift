internal import TelemetryModel
package import TelemetryStore

/// Verifies recorded files without changing anything; a server may be writing to them.
package struct FilesVerification {
    private let fileSystem: any FileSystem
    private let progress: any ProgressObserver

    /// - Parameter progress: is told of the bytes that are read.
    package init(fileSystem: any FileSystem = PosixFileSystem(), progress: any ProgressObserver = NoProgress()) {
        self.fileSystem = fileSystem
        self.progress = progress
    }

    /// Verifies files, run directories and site directories, by their absolute paths.
    ///
    /// - Parameter siteDirectory: whose server may record into files that lie below no site directory: those below its
    ///   run roots.
    package func report(on paths: [String], siteDirectory: String? = nil) throws(FilesError) -> FilesReport {
        let places = try RecordedPlaces(fileSystem: fileSystem).places(of: paths)
        let reader = PlaceReader(fileSystem: fileSystem, progress: progress, siteDirectory: siteDirectory)
        do throws(SystemError) {
            return FilesReport(try reader.reports(on: places) { _, report in report }, for: .verification)
        } catch {
            throw .system(error)
        }
    }
}
