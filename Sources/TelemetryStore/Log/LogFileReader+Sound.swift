internal import TelemetryModel

/// Where the lines of a file are sound, as far as a reader of it has come.
struct Soundness {
    /// Nobody asks for the first lines, in bytes: most readers want few.
    private static let reserve: Int64 = 128 << 10

    /// After so many bytes it is asked again where nothing was known.
    private static let interval: Int64 = 16 << 20

    private var files: LogFiles?
    private var path = ""
    private var lines: SoundLines?

    /// From which offset on it is asked next; nil for the place of the first question.
    private var next: Int64?

    init() {}

    fileprivate init(_ files: LogFiles, _ path: String) {
        (self.files, self.path) = (files, path)
    }

    /// Where the lines end that are sound from an offset on; nil for none.
    mutating func end(
        from offset: Int64, _ limit: Int64, _ descriptor: FileDescriptor
    ) throws(SystemError) -> Int64? {
        guard let files else { return nil }
        if let lines, offset < lines.covered { return lines.end(from: offset) }
        guard let next else {
            self.next = offset + Self.reserve
            return nil
        }
        guard offset >= next else { return nil }
        self.next = offset + Self.interval
        lines = try files.soundLines(descriptor, at: path, from: offset, to: limit)
        return lines?.end(from: offset)
    }
}

extension LogFileReader {
    /// Has lines taken together that are known to be sound.
    func findSoundLines(_ files: LogFiles, at path: String) {
        sound = Soundness(files, path)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The index of the last newline between two others.
    func lastNewline(from start: Int, before end: Int? = nil) -> Int? {
        self[start..<Swift.max(start, end ?? count)].lastIndex(of: UInt8(ascii: "\n"))
    }
}
