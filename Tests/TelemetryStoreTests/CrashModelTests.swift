import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct CrashModelTests {
    /// Change it to look at other combinations; a failure names the seed it was found with.
    private static let seed: UInt64 = 20_260_521

    @Test func everyStateThatACrashMayLeaveIsRecoveredFrom() throws {
        let fileSystem = SimulatedFileSystem(recordingHistory: true)
        let night = try Night(fileSystem)
        try night.play()
        let history = fileSystem.history
        #expect(night.facts.acknowledgements.count == night.facts.attempts.count)
        #expect(night.facts.transitions.allSatisfy { $0.acknowledged != nil })

        var random = SplitMix64(seed: Self.seed)
        var images = 0
        for (index, disk) in history.enumerated() {
            let oracle = Oracle(facts: night.facts, changes: index + 1)
            for (number, image) in disk.crashImages(combinations: 8, using: &random).enumerated() {
                images += 1
                let faults = oracle.check(image)
                try #require(
                    faults.isEmpty,
                    "seed \(Self.seed), after change \(index + 1) of \(history.count), image \(number): \(faults)")
            }
        }
        #expect(images >= 5_000)
    }
}
