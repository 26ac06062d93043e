import TelemetryModel
import Testing
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// What a crash or a failure in the middle of a repair leaves.
@Suite struct VerificationRepairCrashTests {
    private static let file = ["x", sample(1), "y", sample(2)].file
    private static let repaired = [sample(1), sample(2)].file
    private static let damaged = ["x", "y"].file

    private let directory: SampleDirectory

    init() throws {
        directory = try SampleDirectory()
        try directory.use(site: "site_20260520.ndjson")
        try directory.write(Self.file, to: "site_20260520.ndjson")
    }

    @Test func theSidecarIsOnDiskAndTheCheckpointIsGoneBeforeTheFileIsReplaced() throws {
        let fileSystem = RecordingFileSystem()

        _ = try directory.repair(with: fileSystem)

        let site = Path.name(of: directory.path)
        #expect(
            fileSystem.calls.filter { !$0.hasPrefix("write ") } == [
                "create site_20260520.ndjson.damaged", "attributes site_20260520.ndjson.damaged",
                "create site_20260520.ndjson.new",
                "sync site_20260520.ndjson.damaged", "syncdir \(site)",
                "attributes site_20260520.ndjson.new", "sync site_20260520.ndjson.new",
                "remove checkpoint.json", "syncdir .telemetry",
                "rename site_20260520.ndjson.new site_20260520.ndjson", "syncdir \(site)",
            ])
        #expect(fileSystem.calls.lastIndex { $0.hasPrefix("write ") } ?? 0 < 7)
    }

    @Test func whereverItStopsEveryLineIsInTheFileOrInTheSidecar() throws {
        let calls = RecordingFileSystem()
        _ = try directory.repair(with: calls)
        #expect(try directory.text(of: "site_20260520.ndjson.damaged") == Self.damaged)

        for call in calls.calls.indices {
            let directory = try SampleDirectory()
            try directory.write(Self.file, to: "site_20260520.ndjson")
            try directory.use(site: "site_20260520.ndjson")
            let error = #expect(throws: FilesError.self) {
                try directory.repair(with: RecordingFileSystem(failing: call))
            }
            guard case .system = error else { throw try #require(error) }

            let contents = try directory.contents.mapValues { String(decoding: $0, as: UTF8.self) }
            if contents["site_20260520.ndjson"] == Self.repaired {
                #expect(contents["site_20260520.ndjson.damaged"] == Self.damaged, "\(calls.calls[call])")
                #expect(contents[".telemetry/checkpoint.json"] == nil, "\(calls.calls[call])")
            } else {
                #expect(contents["site_20260520.ndjson"] == Self.file, "\(calls.calls[call])")
                #expect(contents["site_20260520.ndjson.damaged"] == nil, "\(calls.calls[call])")
            }
            #expect(contents["site_20260520.ndjson.new"] == nil, "\(calls.calls[call])")
        }
    }

    @Test func afterEveryCrashEveryLineIsOnDisk() throws {
        let fileSystem = SimulatedFileSystem(recordingHistory: true)
        let name = "/site/site_20260520.ndjson"
        for directory in ["/site", "/site/.telemetry"] { try fileSystem.makeDirectory(directory) }
        for (path, text) in [(name, Self.file), ("/site/.telemetry/checkpoint.json", "{}")] {
            let file = try fileSystem.create(path)
            try fileSystem.writeAll(Array(text.utf8), to: file)
            try fileSystem.synchronize(file)
        }
        for directory in ["/", "/site", "/site/.telemetry"] { try fileSystem.synchronizeDirectory(directory) }
        let before = fileSystem.history.count

        let report = try FilesRepair(fileSystem: fileSystem).repair(["/site"])

        #expect(!report.isDamaged)
        var random = SplitMix64(seed: 20_260_520)
        var images = 0
        for disk in fileSystem.history.dropFirst(before) {
            for image in disk.crashImages(combinations: 8, using: &random) {
                images += 1
                let tree = image.tree().mapValues { String(decoding: $0, as: UTF8.self) }
                if tree[name] == Self.repaired {
                    try #require(tree[name + ".damaged"] == Self.damaged)
                } else {
                    try #require(tree[name] == Self.file)
                }
            }
        }
        #expect(images > 500)
    }

    @Test func whatAnInterruptedRepairLeftIsReplaced() throws {
        try directory.write("half a f", to: "site_20260520.ndjson.new")

        _ = try directory.repair()

        #expect(try directory.text(of: "site_20260520.ndjson") == Self.repaired)
        #expect(!directory.exists("site_20260520.ndjson.new"))
    }
}
