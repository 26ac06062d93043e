internal import SimdJSON
internal import TelemetryModel

@testable import TelemetryStore

/// Takes any bytes for what a crash, a disk or an editor has left of a server's files.
///
/// One text is a file whose tail is repaired. Several, with the ASCII record separator between them, are those of a site
/// directory: the site file, the run's file, its `run.json` and the checkpoint.
enum FilesFuzzer {
    private static let separator: UInt8 = 0x1E

    static func check(_ input: [UInt8]) -> Int32 {
        let texts = input.split(separator: separator, maxSplits: 3, omittingEmptySubsequences: false).map { Array($0) }
        if texts.count > 1 {
            SiteFuzzer.check(texts)
        } else {
            checkRepair(input)
        }
        return 0
    }

    /// No byte is lost, every whole line of JSON stays, and a second repair finds nothing to do.
    private static func checkRepair(_ text: [UInt8]) {
        let directory = FuzzDirectory.emptied()
        directory.write(text, to: "log")
        let opening = open(directory["log"])

        let kept = directory.bytes(of: "log")
        let sidecars = directory.names.filter { $0.hasPrefix("log.") }
        let moved = sidecars.flatMap { directory.bytes(of: $0) }
        expect(kept + moved == text, "\(kept.text) and \(moved.text) are left of \(text.text)")
        expect(sidecars == (moved.isEmpty ? [] : ["log.torn-\(kept.count)"]), "\(sidecars) of \(text.text)")
        expect(opening.repair.map { $0.bytes } ?? 0 == moved.count, "\(opening) of \(text.text)")
        expect(kept.isEmpty || kept.last == UInt8(ascii: "\n"), "a torn line is left of \(text.text)")
        for line in Lines.whole(moved) { expect(!Lines.isJSON(line), "\(line.text) was moved out of \(text.text)") }
        let lastSeq = Lines.whole(kept).reversed().lazy.compactMap { Lines.event($0) }.first?.event.seq
        expect(opening.lastSeq == lastSeq ?? 0, "\(opening) of \(text.text)")

        let again = open(directory["log"])
        expect(again.repair == nil, "then \(again), first \(opening) of \(text.text)")
        expect(again.lastSeq == opening.lastSeq, "then \(again), first \(opening) of \(text.text)")
        expect(directory.bytes(of: "log") == kept, "repaired once more: \(kept.text)")
    }

    private static func open(_ path: String) -> EventLog.Opening {
        do {
            return try EventLog.open(path, parser: Lines.parser, fileSystem: PosixFileSystem()).opening
        } catch {
            fatalError("\(error)")
        }
    }
}

/// What the lines of a file are, told without the code under test.
enum Lines {
    static let parser = JSONParser(maximumDepth: 1_000)

    /// The lines that end with a newline.
    static func whole(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    }

    static func isJSON(_ line: ArraySlice<UInt8>) -> Bool {
        (try? parser.minify(Array(line))) != nil
    }

    static func event(_ line: ArraySlice<UInt8>) -> StoredEvent? {
        (try? parser.minify(Array(line))).flatMap { StoredEvent(json: JSONText(validated: $0)) }
    }
}
