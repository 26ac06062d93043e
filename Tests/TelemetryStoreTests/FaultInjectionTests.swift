import Glibc
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct FaultInjectionTests {
    @Test(arguments: [
        SimulatedFileSystem.Fault.error(ENOSPC), .error(EIO), .error(EINTR), .error(EDQUOT), .error(EROFS), .shortWrite,
    ])
    func anyOneCallThatFailsCostsNothingThatWasAcknowledged(fault: SimulatedFileSystem.Fault) throws {
        let rehearsal = SimulatedFileSystem()
        try Night(rehearsal).play()

        for call in 1...rehearsal.calls {
            let fileSystem = SimulatedFileSystem()
            fileSystem.fail(call: call, with: fault)
            let night = try Night(fileSystem)
            try night.play()

            let oracle = Oracle(facts: night.facts, changes: .max)
            let disk = fileSystem.disk
            let faults = oracle.check(disk)
            try #require(faults.isEmpty, "call \(call) of \(rehearsal.calls), killed: \(faults)")
            var random = SplitMix64(seed: 1)
            let powerless = oracle.check(disk.crashImages(combinations: 0, using: &random)[0])
            try #require(powerless.isEmpty, "call \(call) of \(rehearsal.calls), without power: \(powerless)")
        }
    }
}
