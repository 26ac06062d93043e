/// What paths lead to.
extension FileSystem {
    /// The status of what a path leads to, by way of symbolic links if need be; nil when it leads to nothing.
    package func target(of path: String) throws(SystemError) -> FileStatus? {
        let found = try status(path)
        guard found?.kind == .symbolicLink else { return found }
        do throws(SystemError) {
            return try status(canonicalPath(path))
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }
}
