import Glibc
import TelemetryStore
import TestSupport
import Testing

@testable import TelemetryFiles

/// What `telemetry history --rebuild` does to a site directory.
@Suite struct IndexRebuildTests {
    private let directory = TemporaryDirectory()

    /// All that is below the site directory, its own `.telemetry` included.
    private func files(in path: String) throws -> [String] {
        let fileSystem = PosixFileSystem()
        return try fileSystem.entries(of: path).sorted().flatMap { name in
            let child = "\(path)/\(name)"
            let isDirectory = try fileSystem.status(child)?.kind == .directory
            return isDirectory ? try files(in: child) : [String(child.dropFirst(directory.path.count + 1))]
        }
    }

    @Test func theIndexIsDeletedAndMadeAndNothingElseIsTouched() throws {
        for name in [
            "site_20260520.ndjson", "001/telemetry.ndjson", ".telemetry/epoch", ".telemetry/index/site_20260520.idx",
            ".telemetry/index/months/2026-05.idx",
        ] { try directory.write("\n", to: name) }
        var made: [String] = []

        try IndexRebuild().rebuild(directory.path) { path, progress throws(SystemError) in
            #expect(path == directory.path)
            made = (try? files(in: path)) ?? []
            progress.expect(bytes: 1)
        }

        #expect(made == [".telemetry/epoch", ".telemetry/lock", "001/telemetry.ndjson", "site_20260520.ndjson"])
        #expect(try directory.names(in: ".telemetry") == ["epoch", "index", "lock"])
    }

    @Test func linksAreNotFollowed() throws {
        let elsewhere = TemporaryDirectory()
        try elsewhere.write("kept", to: "site_20260520.idx")
        try directory.write("\n", to: ".telemetry/index/a.idx")
        #expect(symlink(elsewhere.path, directory.path + "/.telemetry/index/link") == 0)

        try IndexRebuild().rebuild(directory.path) { _, _ in }

        #expect(try elsewhere.text(of: "site_20260520.idx") == "kept")
        #expect(try directory.names(in: ".telemetry/index").isEmpty)
    }

    @Test func aDirectoryThatAServerHoldsIsLeftAlone() throws {
        try directory.write("\n", to: ".telemetry/index/a.idx")
        let lock = try DirectoryLock(siteDirectory: directory.path)
        defer { withExtendedLifetime(lock) {} }

        #expect(throws: FilesError.held(directory: directory.path, pid: getpid())) {
            try IndexRebuild().rebuild(directory.path) { _, _ in Issue.record("made while it is held") }
        }

        #expect(try directory.names(in: ".telemetry/index") == ["a.idx"])
    }

    @Test func whatIsNoSiteDirectoryIsRefused() throws {
        try directory.write("\n", to: "001/telemetry.ndjson")
        for path in [directory.path, directory.path + "/001", directory.path + "/001/telemetry.ndjson"] {
            #expect(throws: FilesError.notTelemetry(path)) { try IndexRebuild().rebuild(path) { _, _ in } }
        }
        let missing = directory.path + "/elsewhere"
        #expect(throws: FilesError.noSuchPath(missing)) { try IndexRebuild().rebuild(missing) { _, _ in } }
    }

    @Test func aSiteDirectoryWithoutAnIndexIsTaken() throws {
        try directory.write("\n", to: "site_20260520.ndjson")
        try directory.write("\n", to: ".telemetry/epoch")
        var isMade = false
        try IndexRebuild().rebuild(directory.path) { _, _ in isMade = true }
        #expect(isMade)
    }
}
