internal import TelemetryModel

/// Where new runs may lie: below the site directory, or below a configured run root.
struct RunDirectories: Sendable {
    /// How deep below a root a run may lie: directories are searched for runs as deep.
    static let maximumDepth = 8

    let roots: Roots

    /// The directory of a new run. Nothing is created.
    ///
    /// - Parameter requested: relative to the site directory, or absolute; nil for the site directory and `runID`.
    /// - Throws: ``TelemetryError/invalid(_:)`` when the run may not lie there.
    func resolve(_ requested: String?, runID: String) throws(TelemetryError) -> String {
        guard let requested else {
            return try place(of: Path.join(roots.siteDirectory, runID), requested: runID, member: "run_id")
        }
        let isAbsolute = requested.utf8.first == UInt8(ascii: "/")
        let names = Path.names(of: requested)
        if names.isEmpty { throw Self.refusal(requested, "must lie below the site directory, and not be it") }
        if !isAbsolute {
            try check(names, requested)
            return try place(of: names.reduce(roots.siteDirectory) { Path.join($0, $1) }, requested: requested)
        }
        // A root itself, such as /data/.runs, may have any name; but a path is read once, and as it stands.
        for name in names where name == ".." || name.utf8.contains(0) { try check([name], requested) }
        return try place(of: "/" + names.joined(separator: "/"), requested: requested)
    }

    private func place(
        of path: String, requested: String, member: String = "run_dir"
    ) throws(TelemetryError) -> String {
        let finding: Roots.Finding
        do throws(SystemError) {
            if let root = roots.root(above: path), try roots.fileSystem.target(of: root) == nil {
                throw SystemError("open", root, code: SystemError.notFound)
            }
            finding = try roots.find(path)
        } catch {
            throw .cannotRecord(reason: error.description)
        }
        switch finding {
        case .place(let place):
            if place.names.isEmpty {
                throw Self.refusal(requested, "must lie below the site directory, and not be it", member)
            }
            try check(place.names, requested, member)
            return place.path
        case .outside where roots.root(above: path) == nil:
            throw Self.refusal(requested, "must lie below the site directory or a --run-root", member)
        case .outside:
            throw Self.refusal(requested, "leads out of the site directory by a symbolic link", member)
        case .blocked(let file):
            throw Self.refusal(requested, "leads to '\(file)', which is not a directory", member)
        case .brokenLink:
            throw Self.refusal(requested, "leads through a broken symbolic link", member)
        }
    }

    /// Checks the way to a run from its root.
    private func check(_ names: [String], _ requested: String, _ member: String = "run_dir") throws(TelemetryError) {
        if member == "run_dir", names.first?.utf8.first == UInt8(ascii: "~") {
            throw Self.refusal(requested, "may not begin with '~'")
        }
        if names.count > Self.maximumDepth {
            throw Self.refusal(
                requested, "may lie at most \(Self.maximumDepth) directories below its root, and not \(names.count)",
                member)
        }
        for name in names {
            if let fault = PathComponent.fault(of: name) {
                throw Self.refusal(requested, "holds the name '\(name)', which \(fault)", member)
            }
        }
    }

    private static func refusal(
        _ requested: String, _ fault: String, _ member: String = "run_dir"
    ) -> TelemetryError {
        .invalid([FieldError("value_error", at: member, "A \(member) \(fault)", input: JSONText(string: requested))])
    }
}
