import Foundation
import TelemetryModel
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// A directory of a test's own, removed with it.
final class SampleDirectory {
    let path: String

    init() throws {
        let made = FileManager.default.temporaryDirectory.appendingPathComponent("verification-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
        path = try PosixFileSystem().canonicalPath(made.path)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    subscript(name: String) -> String { path + "/" + name }

    /// Writes a file, and makes the directories above it.
    func write(_ text: String, to name: String) throws {
        try write(Array(text.utf8), to: name)
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        let url = URL(fileURLWithPath: self[name])
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func bytes(of name: String) throws -> [UInt8] {
        try PosixFileSystem().contents(of: self[name])
    }

    func text(of name: String) throws -> String {
        String(decoding: try bytes(of: name), as: UTF8.self)
    }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: self[name])
    }

    /// All files and what they hold, but the lock.
    var contents: [String: [UInt8]] {
        get throws {
            var found: [String: [UInt8]] = [:]
            for name in try FileManager.default.subpathsOfDirectory(atPath: path) where !name.hasSuffix("/lock") {
                var isDirectory: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: self[name], isDirectory: &isDirectory)
                if !isDirectory.boolValue { found[name] = try bytes(of: name) }
            }
            return found
        }
    }

    func report(_ names: String...) throws -> FilesReport {
        try FilesVerification().report(on: names.isEmpty ? [path] : names.map { self[$0] })
    }

    func repair(
        _ names: String..., with fileSystem: any FileSystem = PosixFileSystem(), isDryRun: Bool = false
    ) throws -> FilesReport {
        try FilesRepair(fileSystem: fileSystem).repair(
            names.isEmpty ? [path] : names.map { self[$0] }, isDryRun: isDryRun)
    }

    /// Makes it a site directory that a server used, with these files in use.
    func use(site: String = "", run: String = "") throws {
        var contents = CommittedState()
        contents.positions.site = StreamPosition(place: site, offset: 10, seq: 1)
        contents.positions.run = StreamPosition(place: run, offset: 10, seq: 1)
        try write(Checkpoint(contents, isClean: false).json, to: ".telemetry/checkpoint.json")
    }
}

/// The text of a `run.json`.
func sampleRun(_ id: String = "a", stoppedAt: String? = "2026-05-20T11:00:00.000Z", events: UInt64) -> String {
    let stopped = stoppedAt.map { #""\#($0)""# } ?? "null"
    return #"{"run_dir":"/data/\#(id)","run_id":"\#(id)","meta":{"run_id":"\#(id)"},"#
        + #""started_at":"2026-05-20T10:00:00.000Z","stopped_at":\#(stopped),"events":\#(events)}"# + "\n"
}

/// The text of a `run.json` of runs that have used its directory one after another, each with what stands in the file
/// before it: the last sequence number.
func sampleRuns(_ runs: (id: String, seqBefore: UInt64)..., events: UInt64) -> String {
    let texts = runs.enumerated().map { index, run in
        sampleRun(run.id, events: events).dropLast(2)
            + #","log":{"order":\#(index + 1),"site_seq":0,"seq_before":\#(run.seqBefore)}"#
    }
    let earlier = texts.count > 1 ? #","earlier":[\#(texts.dropLast().map { $0 + "}" }.joined(separator: ","))]"# : ""
    return (texts.last ?? "") + earlier + "}\n"
}

extension [String] {
    /// The lines as a file.
    var file: String { map { $0 + "\n" }.joined() }
}

extension FilesReport {
    /// `line 2: reason` for each damaged line.
    var findings: [String] {
        files.flatMap { $0.damage.map { "line \($0.line): \($0.fault)" } }
    }
}
