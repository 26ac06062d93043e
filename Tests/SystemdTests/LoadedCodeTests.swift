import Foundation
import Systemd
import Testing

struct LoadedCodeTests {
    @Test
    func unmappedCodeIsNotResidentAndRunsAllTheSame() async {
        await #expect(processExitsWith: .success) {
            let before = try #require(Self.residentOfFiles)
            LoadedCode.unmap()
            let after = try #require(Self.residentOfFiles)
            #expect(after < before / 2, "\(before) kB before, \(after) kB after")
        }
    }

    /// How much of what this process has mapped from files is resident, in kB.
    private static var residentOfFiles: Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        return status.split(separator: "\n").first { $0.hasPrefix("RssFile:") }?
            .split(separator: " ").compactMap { Int($0) }.first
    }
}
