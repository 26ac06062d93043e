internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

/// A run's `run.json`, for verification and repair.
struct RunFile {
    let path: String
    let run: Run
    private let json: JSONText

    /// The `run.json` of a directory, or ``FileFault/unreadableRun``; nil when there is none.
    static func load(
        in directory: String, _ fileSystem: any FileSystem
    ) throws(SystemError) -> Result<RunFile, FileFault>? {
        let path = Self.path(in: directory)
        guard let status = try fileSystem.status(path) else { return nil }
        guard status.kind == .file else { return .failure(.unreadableRun) }
        let text = try fileSystem.contents(of: path)
        guard
            let json = (try? JSONParser(maximumDepth: 1_000).minify(text)).map({ JSONText(validated: $0) }),
            let run = Run(json: json, directory: directory)
        else { return .failure(.unreadableRun) }
        return .success(RunFile(path: path, run: run, json: json))
    }

    static func path(in directory: String) -> String { Path.join(directory, "run.json") }

    /// The fault of `events` if the run's file has `lines` lines of which `unreadable` are not events; nil if it is
    /// right.
    ///
    /// A line that is unreadable now may or may not have been counted as an event: any count between is right.
    func fault(lines: UInt64, unreadable: UInt64) -> FileFault? {
        guard run.stoppedAt != nil, !(lines - unreadable...lines).contains(run.events) else { return nil }
        return .eventCount(run.events, lines: lines)
    }

    /// The text with `events` replaced; all other members are unchanged.
    func text(events: UInt64) -> [UInt8] {
        var output: [UInt8] = []
        for member in json.members where !member.name.equals("events") {
            output.append(UInt8(ascii: output.isEmpty ? "{" : ","))
            output.append(member.name)
            output.append(UInt8(ascii: ":"))
            output.append(member.value)
        }
        output.append(ascii: ",\"events\":")
        output.append(decimal: events)
        output.append(ascii: "}\n")
        return output
    }
}
