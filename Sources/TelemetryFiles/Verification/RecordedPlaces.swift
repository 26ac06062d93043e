internal import TelemetryStore

/// A place where events were recorded. A path of the command line stands for one or more of them.
enum RecordedPlace {
    /// The file of a site day. Those of one directory are listed in the order of their days.
    case siteFile(String)

    /// A run's directory: `telemetry.ndjson` and `run.json`.
    case run(String)

    /// Any other NDJSON file.
    case file(String)

    var path: String {
        switch self {
        case .siteFile(let path), .run(let path), .file(let path): path
        }
    }
}

/// Finds the places that paths stand for, without opening files.
struct RecordedPlaces {
    /// How deep directories are searched for runs.
    private static let maximumDepth = 8

    let fileSystem: any FileSystem

    /// The places of files, run directories and site directories, each once.
    func places(of paths: [String]) throws(FilesError) -> [RecordedPlace] {
        var all: [RecordedPlace] = []
        // By their bytes: to Swift, names of other bytes may be equal.
        var known: Set<[UInt8]> = []
        for path in paths {
            for place in try places(of: path) where known.insert(Array(place.path.utf8)).inserted { all.append(place) }
        }
        return all
    }

    private func places(of path: String) throws(FilesError) -> [RecordedPlace] {
        do throws(SystemError) {
            let canonical = try fileSystem.canonicalPath(path)
            switch try fileSystem.status(canonical)?.kind {
            case .directory:
                let places = try places(in: canonical)
                let isUsed = try fileSystem.status(Path.join(canonical, ".telemetry")) != nil
                if !places.isEmpty || isUsed { return places }
            case .file where canonical.hasSuffix(".ndjson"):
                let isSiteFile = SiteStream.day(ofName: Path.name(of: canonical)) != nil
                return [isSiteFile ? .siteFile(canonical) : .file(canonical)]
            default: break
            }
        } catch {
            throw error.isNotFound ? .noSuchPath(path) : .system(error)
        }
        throw .notTelemetry(path)
    }

    private func places(in directory: String) throws(SystemError) -> [RecordedPlace] {
        let names = try fileSystem.entries(of: directory).sorted()
        var places: [RecordedPlace] = []
        // Names sort as the days do.
        for name in names where SiteStream.day(ofName: name) != nil {
            let path = Path.join(directory, name)
            if try fileSystem.status(path)?.kind == .file { places.append(.siteFile(path)) }
        }
        if places.isEmpty, isRun(names) { return [.run(directory)] }
        try addRuns(below: directory, names, depth: 1, to: &places)
        return places
    }

    private func addRuns(
        below directory: String, _ names: [String], depth: Int, to places: inout [RecordedPlace]
    ) throws(SystemError) {
        guard depth <= Self.maximumDepth else { return }
        for name in names where Path.isSearched(name) {
            let path = Path.join(directory, name)
            guard try fileSystem.status(path)?.kind == .directory else { continue }
            let names = try fileSystem.entries(of: path).sorted()
            if isRun(names) { places.append(.run(path)) }
            try addRuns(below: path, names, depth: depth + 1, to: &places)
        }
    }

    private func isRun(_ names: [String]) -> Bool {
        names.contains("run.json") || names.contains("telemetry.ndjson")
    }
}
