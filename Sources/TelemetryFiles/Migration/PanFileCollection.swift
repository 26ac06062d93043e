internal import TelemetryStore

/// A collection of a PanFileDB: the file `<name>.json` with one record per line.
struct PanFileCollection {
    /// The name, which is the event type of records without a `type`.
    let name: String

    /// In the directory of the PanFileDB; may be a symbolic link.
    let path: String

    /// In bytes.
    let size: Int64

    /// The collections of a directory in the order of their names' code points, as the reference takes them.
    ///
    /// `current_*.json` hold the latest values, which are in the collections as well, and are left out.
    ///
    /// - Parameter skip: called with the path of each collection name that is not a regular file.
    /// - Throws: also if a file may not be read, so that none is silently left out.
    static func all(
        in directory: String, _ fileSystem: any FileSystem, skip: (String) -> Void
    ) throws(SystemError) -> [PanFileCollection] {
        var collections: [PanFileCollection] = []
        let names = try fileSystem.entries(of: directory).filter(isCollection)
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let path = Path.join(directory, name)
            // Checked before opening: opening a pipe would block until it has a writer.
            guard let status = try fileSystem.status(fileSystem.canonicalPath(path)), status.kind == .file else {
                skip(path)
                continue
            }
            fileSystem.close(try fileSystem.openForReading(path))
            collections.append(PanFileCollection(name: stem(of: name), path: path, size: status.size))
        }
        return collections
    }

    // Compared by code units: as a Character, `_` followed by a combining accent is not `_`.
    private static func isCollection(_ name: String) -> Bool {
        name.utf8.suffix(5).elementsEqual(".json".utf8) && !name.utf8.starts(with: "current_".utf8)
    }

    /// As Python's `Path.stem`: a file that is named `.json` has no suffix.
    private static func stem(of name: String) -> String {
        name == ".json" ? name : String(decoding: name.utf8.dropLast(5), as: UTF8.self)
    }
}
