import Testing
import Zstandard

@Suite("Compressed frames")
struct CompressorTests {
    private let frame: [UInt8]
    private let text = Array(String(repeating: "telemetry ", count: 1_000).utf8)

    init() {
        var frame: [UInt8] = []
        text.withUnsafeBytes { Compressor().compress($0, to: &frame) }
        self.frame = frame
    }

    private func decompress(_ frame: [UInt8], maximumLength: Int = 1 << 20) -> [UInt8]? {
        frame.withUnsafeBytes { Decompressor().decompress($0, maximumLength: maximumLength) }
    }

    @Test("a frame is smaller than what it holds, and gives it back")
    func roundTrip() {
        #expect(frame.count < text.count / 10)
        #expect(decompress(frame) == text)
    }

    @Test(
        "a frame that is not whole or holds too much is refused, and one with a changed byte never holds something else"
    )
    func damage() {
        for length in 0..<frame.count { #expect(decompress(Array(frame[..<length])) == nil) }
        for place in frame.indices {
            var damaged = frame
            damaged[place] ^= 0x10
            // A bit of the header says nothing.
            #expect([nil, text].contains(decompress(damaged)), "byte \(place)")
        }
        #expect(decompress(frame, maximumLength: text.count - 1) == nil)
    }
}
