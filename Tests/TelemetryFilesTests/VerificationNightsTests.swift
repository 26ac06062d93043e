import Glibc
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryFiles
@testable import TelemetryStore

/// Whatever a server wrote is sound, and what something else did to it is found: 10,000 nights made at random.
///
/// The nights change the time zone, which a process has one of; so they are played in processes of their own.
@Suite struct VerificationNightsTests {
    /// Change it to try other nights; a failure names the seed of its night.
    static let seed: UInt64 = 20_261_128

    @Test func whatAServerWroteIsSoundAndDamageToItIsFound() async {
        await withTaskGroup { group in
            group.addTask { await #expect(processExitsWith: .success) { playNights(0..<5_000) } }
            group.addTask { await #expect(processExitsWith: .success) { playNights(5_000..<10_000) } }
        }
    }
}

/// Plays the nights, and records what is wrong with the first one that has a fault.
private func playNights(_ numbers: Range<UInt64>) {
    // Tests that wait for answers come first.
    _ = nice(10)
    for number in numbers {
        do {
            try VerificationNight(VerificationNightsTests.seed + number).check()
        } catch {
            Issue.record("\(error)")
            return
        }
    }
}
