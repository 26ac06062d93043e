/// Absolute paths as text. They are compared and taken apart by their bytes, as the file system does: to Swift a slash and
/// a combining mark after it are one character, and two spellings of a letter are equal.
package enum Path {
    private static let slash = UInt8(ascii: "/")

    package static func join(_ directory: String, _ name: some StringProtocol) -> String {
        directory.utf8.last == slash ? directory + name : directory + "/" + name
    }

    /// The directory that holds the last component; `/` for the root itself.
    package static func directory(of path: String) -> String {
        guard let end = path.utf8.lastIndex(of: slash), end != path.utf8.startIndex else { return "/" }
        return String(path[..<end])
    }

    package static func name(of path: String) -> String {
        guard let end = path.utf8.lastIndex(of: slash) else { return path }
        return String(path[path.utf8.index(after: end)...])
    }

    /// The names of a path, without the empty ones and `.`.
    static func names(of path: String) -> [String] {
        path.utf8.split(separator: slash).map { String(Substring($0)) }.filter { $0 != "." }
    }

    /// Whether two paths have the same bytes.
    package static func isSame(_ path: String, _ other: String) -> Bool { path.utf8.elementsEqual(other.utf8) }

    /// Whether `path` lies below `directory`, by their text.
    package static func isBelow(_ path: String, _ directory: String) -> Bool { rest(of: path, below: directory) != nil }

    /// What follows `directory` and a slash in `path`; nil when it does not lie below it, by their text.
    static func rest(of path: String, below directory: String) -> String? {
        let prefix = directory.utf8.last == slash ? directory : directory + "/"
        guard path.utf8.starts(with: prefix.utf8), path.utf8.count > prefix.utf8.count else { return nil }
        return String(path[path.utf8.index(path.utf8.startIndex, offsetBy: prefix.utf8.count)...])
    }

    /// Whether directories are searched for runs below one of this name.
    package static func isSearched(_ name: String) -> Bool {
        name.utf8.first != UInt8(ascii: ".") && !name.contains(".ndjson") && name != "run.json"
    }
}
