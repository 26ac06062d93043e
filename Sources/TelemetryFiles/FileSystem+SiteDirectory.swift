internal import TelemetryModel
internal import TelemetryStore

extension FileSystem {
    /// The real path of a directory that has site files, or has been a server's.
    func siteDirectory(at path: String) throws(FilesError) -> String {
        do throws(SystemError) {
            let directory = try canonicalPath(path)
            if try status(directory)?.kind == .directory {
                let names = try entries(of: directory)
                if names.contains(where: { $0 == ".telemetry" || SiteStream.day(ofName: $0) != nil }) {
                    return directory
                }
            }
        } catch {
            throw error.isNotFound ? .noSuchPath(path) : .system(error)
        }
        throw .notTelemetry(path)
    }
}
