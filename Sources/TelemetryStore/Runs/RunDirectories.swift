internal import TelemetryModel

/// Where runs may lie: below the site directory, or below a configured run root.
struct RunDirectories: Sendable {
    let siteDirectory: String
    let runRoots: [String]
    let fileSystem: any FileSystem

    /// The site directory or the run root that a run's directory lies below.
    func base(of directory: String) -> String {
        runRoots.first { Path.isBelow(directory, $0) } ?? siteDirectory
    }

    /// The directory of a new run. Nothing is created.
    ///
    /// - Parameter requested: relative to the site directory, or absolute; nil for the site directory and `runID`.
    /// - Throws: ``TelemetryError/invalid(_:)`` when the run may not lie there.
    func resolve(_ requested: String?, runID: String) throws(TelemetryError) -> String {
        guard let requested else {
            let path = Path.join(siteDirectory, runID)
            return try checkPlace(path, requested: runID, member: "run_id")
        }
        var names = requested.split(separator: "/")
        // A run root itself, such as /data/.runs, may have any name.
        var base = siteDirectory
        if requested.hasPrefix("/") {
            let root = ([siteDirectory] + runRoots).first { Path.isBelow(requested, $0) }
            guard let root else { throw Self.refusal(requested, "must lie below the site directory or a --run-root") }
            base = root
            names = requested.dropFirst(root.count).split(separator: "/")
        }
        names.removeAll { $0 == "." }
        if names.isEmpty { throw Self.refusal(requested, "must lie below the site directory, and not be it") }
        if names.first?.hasPrefix("~") == true { throw Self.refusal(requested, "may not begin with '~'") }
        for name in names {
            if let fault = PathComponent.fault(of: name) {
                throw Self.refusal(requested, "holds the name '\(name)', which \(fault)")
            }
        }
        return try checkPlace(Path.join(base, names.joined(separator: "/")), requested: requested, member: "run_dir")
    }

    private func checkPlace(_ path: String, requested: String, member: String) throws(TelemetryError) -> String {
        let fault: String?
        do throws(SystemError) {
            fault = try faultOfPlace(path)
        } catch {
            guard error.isNotFound, error.function == "realpath" else {
                throw .cannotRecord(reason: error.description)
            }
            fault = "leads through a broken symbolic link"
        }
        if let fault { throw Self.refusal(requested, fault, member) }
        return path
    }

    /// Resolves the symbolic links on the way to a directory.
    ///
    /// - Returns: why a run may not lie there; nil when it may.
    private func faultOfPlace(_ path: String) throws(SystemError) -> String? {
        let base = base(of: path)
        guard try fileSystem.status(base) != nil else { throw SystemError("open", base, code: SystemError.notFound) }
        let (existing, rest) = try existingPart(of: path)
        let canonical = try fileSystem.canonicalPath(existing)
        guard try fileSystem.status(canonical)?.kind == .directory else { return "leads to '\(existing)', a file" }
        let place = rest.isEmpty ? canonical : Path.join(canonical, rest)
        for base in [siteDirectory] + runRoots {
            guard let base = try? fileSystem.canonicalPath(base), Path.isBelow(place, base) else { continue }
            return Path.isBelow(place + "/", Path.join(base, ".telemetry")) ? "lies below .telemetry" : nil
        }
        return "leads out of the site directory by a symbolic link"
    }

    /// The longest part of a path that exists, and what follows it.
    private func existingPart(of path: String) throws(SystemError) -> (existing: String, rest: String) {
        var existing = path
        while existing != "/", try fileSystem.status(existing) == nil { existing = Path.directory(of: existing) }
        return (existing, String(path.dropFirst(existing.count).drop { $0 == "/" }))
    }

    private static func refusal(
        _ requested: String, _ fault: String, _ member: String = "run_dir"
    ) -> TelemetryError {
        .invalid([FieldError("value_error", at: member, "A \(member) \(fault)", input: JSONText(string: requested))])
    }
}
