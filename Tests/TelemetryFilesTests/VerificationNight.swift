import Dispatch
import Glibc
import Logging
import Synchronization
import TelemetryModel
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore
@testable import TestSupport

/// A night made at random: a server records while clocks, time zones, runs, crashes and the power do as they like.
///
/// It changes the time zone of its process.
final class VerificationNight {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    private static let zones = [
        "UTC", "Pacific/Honolulu", "Pacific/Kiritimati", "America/St_Johns", "Asia/Tokyo", "Europe/Berlin",
    ]

    private var fileSystem = SimulatedFileSystem()
    private let seed: UInt64
    private var random: SplitMix64
    private let clock: WallClock
    private let sync: SyncMode
    private var service: TelemetryService?
    private var number = 0
    private var history: [String] = []

    init(_ seed: UInt64) throws {
        self.seed = seed
        random = SplitMix64(seed: seed)
        let hour = Int64.random(in: 0..<48, using: &random)
        clock = WallClock(simulatedFrom: Timestamp(milliseconds: 1_779_300_000_000).advanced(bySeconds: hour * 3_600))
        sync = Bool.random(using: &random) ? .always : .never
        setZone("UTC")
        try fileSystem.makeDirectory("/root")
        try fileSystem.synchronizeDirectory("/")
        try start()
    }

    /// Plays the night through.
    ///
    /// - Throws: ``Fault`` if what the server wrote is not sound, or damage to it is not found.
    func check() throws {
        do {
            for _ in 0..<Int.random(in: 5...14, using: &random) { try step() }
            service?.stop()
            let findings = try findings(in: fileSystem)
            if !findings.isEmpty { throw fault("\(findings)") }
            try checkDamage()
        } catch let fault as Fault {
            throw fault
        } catch {
            throw fault("\(error)")
        }
    }

    /// Does damage of some kind, if there is something to damage, and has it found.
    private func checkDamage() throws {
        guard let kind = VerificationDamage.allCases.randomElement(using: &random),
            let damaged = kind.done(to: fileSystem.disk, using: &random)
        else { return }
        if try findings(in: SimulatedFileSystem(damaged.disk)).isEmpty {
            throw fault("not found: \(kind) of \(damaged.path)")
        }
    }

    /// What verification finds.
    private func findings(in fileSystem: SimulatedFileSystem) throws -> [String] {
        let paths = try ["/site"] + (fileSystem.entries(of: "/root").isEmpty ? [] : ["/root"])
        return try FilesVerification(fileSystem: fileSystem).report(on: paths, siteDirectory: "/site").files.flatMap {
            file in file.damage.map { "\(file.path), line \($0.line): \($0.fault)" }
        }
    }

    /// A fault with all that is known of the night.
    private func fault(_ reason: String) -> Fault {
        var text = "seed \(seed): \(reason)\n" + history.joined(separator: " ")
        for (path, contents) in fileSystem.disk.tree().sorted(by: { $0.key < $1.key })
        where path.contains("ndjson") || path.hasSuffix("/run.json") {
            text += "\n\(path):\n\(String(decoding: contents, as: UTF8.self))"
        }
        return Fault(description: text)
    }

    private func step() throws {
        let choice = Int.random(in: 0..<24, using: &random)
        history.append("\(choice)")
        fileSystem.setTime(clock.peek().milliseconds)
        switch choice {
        case 0..<8: record()
        case 8..<11: startRun()
        case 11: _ = try? service?.stopRun()
        case 12..<16: stepClock()
        case 16: setZone(Self.zones.randomElement(using: &random) ?? "UTC")
        case 17, 18: try restart()
        case 19: try restart { $0.leftByKill() }
        case 20: try tear()
        case 21: try restart { $0.leftByPowerCut(using: &random) }
        case 22: try repair()
        default: try checkMeanwhile()
        }
    }

    private func start() throws {
        var configuration = StoreConfiguration(siteDirectory: "/site")
        configuration.syncMode = sync
        configuration.runRoots = ["/root"]
        configuration.siteTypes = ["dome"]
        service = try TelemetryService(configuration, clock: clock, logger: .silent, fileSystem: fileSystem)
    }

    /// Ends the server, and starts another one on what it left.
    ///
    /// - Parameter end: what is left of the file system when the server does not end by itself.
    private func restart(_ end: (SimulatedFileSystem) throws -> SimulatedFileSystem = { $0 }) throws {
        let left = try end(fileSystem)
        // One that was killed ends where it changes nothing; its threads end with it.
        service?.stop()
        fileSystem = left
        try start()
    }

    /// Records a batch: events of the site and of the run, and some that are in no file.
    private func record() {
        guard let service else { return }
        let requests = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            number += 1
            return EventRequest(
                type: number % 3 == 0 ? "dome" : "weather", data: .number(number),
                storePermanently: Int.random(in: 0..<4, using: &random) > 0)
        }
        let answered = DispatchSemaphore(value: 0)
        service.record(EventRequests(requests)) { _ in answered.signal() }
        answered.wait()
    }

    private func startRun() {
        let id = ["a", "b", nil].randomElement(using: &random) ?? nil
        let directory = ["x", "a", "/root/r", nil, nil].randomElement(using: &random) ?? nil
        _ = try? service?.startRun(
            RunStartRequest(runID: id, runDirectory: directory, replace: Int.random(in: 0..<3, using: &random) > 0))
    }

    private func stepClock() {
        let day: Int64 = 86_400
        let steps = [3_600, -3_600, day, -day, 2 * day, -2 * day, 14 * day, -14 * day, 10_000 * day, -10_000 * day]
        let step = steps.randomElement(using: &random) ?? 0
        history.append("\(step / 3_600)h")
        // From 1970 to the year 9892.
        let time = min(max(clock.peek().milliseconds + step * 1_000, 0), 250_000_000_000_000)
        clock.set(Timestamp(milliseconds: time))
    }

    private func setZone(_ zone: String) {
        history.append(zone)
        setenv("TZ", zone, 1)
    }

    /// Kills the server in the middle of a write.
    private func tear() throws {
        try restart { try torn($0.leftByKill()) }
    }

    private func torn(_ left: SimulatedFileSystem) throws -> SimulatedFileSystem {
        let run = service?.activeRun
        let line = Array((run == nil ? sample(99_999) : sample(99_999, .run, runID: run?.id)).utf8)
        let part = line.prefix(Int.random(in: 1..<line.count, using: &random))
        if let path = try run.map({ RunStream.file(in: $0.directory) }) ?? siteFileInUse(left) {
            left.append(Array(part), to: path)
        }
        return left
    }

    private func siteFileInUse(_ fileSystem: SimulatedFileSystem) throws -> String? {
        let inUse = try HeldDirectory.holding("/site", or: nil, fileSystem)?.filesInUse(fileSystem)
        let names = try fileSystem.entries(of: "/site").filter { SiteStream.day(ofName: $0) != nil }
        return names.map { Path.join("/site", $0) }.first { inUse?.contains($0) ?? false }
    }

    /// What an operator does after a crash, whether it is needed or not; and the checkpoint is lost.
    private func repair() throws {
        try restart { fileSystem in
            let left = try torn(fileSystem.leftByKill())
            _ = try FilesRepair(fileSystem: left).repair(["/site"])
            try? left.remove("/site/.telemetry/checkpoint.json")
            return left
        }
    }

    private func checkMeanwhile() throws {
        let findings = try self.findings(in: fileSystem)
        if !findings.isEmpty { throw fault("while a server records: \(findings)") }
    }
}
