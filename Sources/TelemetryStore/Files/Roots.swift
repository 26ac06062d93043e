/// The directories below which a server records: its site directory and its run roots.
///
/// Any of them, and any path below them, may be given by way of symbolic links or of another mount. What counts is what
/// a path leads to: it lies below a root when a directory above it is the root, by device and inode, once all links are
/// resolved. A place has one spelling, ``Place/path``: the innermost root as it was given to the server, and the way from
/// there without links.
///
/// What is kept on disk names a place without its root, see ``stored(_:)``: a site directory may be moved, copied or
/// mounted elsewhere, and a path of another machine must lead nowhere.
struct Roots: Sendable {
    let siteDirectory: String
    let runRoots: [String]
    let fileSystem: any FileSystem

    var all: [String] { [siteDirectory] + runRoots }

    /// A place below a root.
    struct Place {
        let root: String

        /// The way from the root to the place; none for the root itself.
        let names: [String]

        var path: String { names.reduce(root) { Path.join($0, $1) } }
    }

    /// What a path leads to.
    enum Finding {
        case place(Place)

        /// It lies below none of the roots.
        case outside

        /// Something that is not a directory stands in its way, at this path.
        case blocked(at: String)

        /// A symbolic link on the way leads to nothing.
        case brokenLink
    }

    /// Finds where a directory lies, which need not exist.
    func find(_ path: String) throws(SystemError) -> Finding {
        var existing = path
        var names: [String] = []
        while existing != "/", try fileSystem.status(existing) == nil {
            names.insert(Path.name(of: existing), at: 0)
            existing = Path.directory(of: existing)
        }
        // Nobody knows where the parent of something missing will be.
        if names.contains("..") { return .outside }
        var directory: String
        do throws(SystemError) {
            directory = try fileSystem.canonicalPath(existing)
        } catch {
            if error.isNotFound { return .brokenLink }
            throw error
        }
        guard try fileSystem.status(directory)?.kind == .directory else { return .blocked(at: existing) }
        let roots = try identities()
        while true {
            guard let status = try fileSystem.status(directory) else { return .outside }
            if let root = roots[status.identity] { return .place(Place(root: root, names: names)) }
            if directory == "/" { return .outside }
            names.insert(Path.name(of: directory), at: 0)
            directory = Path.directory(of: directory)
        }
    }

    /// The innermost root that a path lies below, by their text; nil when there is none.
    func root(above path: String) -> String? {
        all.filter { Path.isBelow(path, $0) }.max { $0.utf8.count < $1.utf8.count }
    }

    /// How a run's directory is kept on disk: by the way to it from the site directory, or else from its run root.
    func stored(_ directory: String) -> String {
        Path.rest(of: directory, below: siteDirectory)
            ?? root(above: directory).flatMap { Path.rest(of: directory, below: $0) } ?? ""
    }

    /// The directories that a stored place may mean, the likeliest first. All of them lie below the roots.
    ///
    /// - Parameter place: what ``stored(_:)`` gave, or the absolute path that older servers kept.
    func directories(storedAs place: String) throws(SystemError) -> [String] {
        if place.isEmpty { return [] }
        let isAbsolute = place.utf8.first == UInt8(ascii: "/")
        var directories: [String] = []
        for path in isAbsolute ? [place] : all.map({ Path.join($0, place) }) {
            guard case .place(let place) = try find(path), !place.names.isEmpty else { continue }
            if !directories.contains(where: { Path.isSame($0, place.path) }) { directories.append(place.path) }
        }
        return directories
    }

    /// What the roots are, each with the first path that it was given by. One that is missing is left out.
    func identities() throws(SystemError) -> [FileStatus.Identity: String] {
        var identities: [FileStatus.Identity: String] = [:]
        for root in all.reversed() {
            if let identity = try fileSystem.target(of: root)?.identity { identities[identity] = root }
        }
        return identities
    }
}
