import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore
@testable import TestSupport

/// What may happen to recorded files when it was not the server that did it.
///
/// A line that is missing from a file of the site stream, or of an active run, is not here: numbers that are not there may
/// have been those of ephemeral events.
enum VerificationDamage: CaseIterable {
    case changedByte, zeros, tornMiddle, tornEnd
    case repeatedLine, lineOfAnotherDay, swappedLines, missingLine
    case missingFile, emptyRunFile

    /// A disk with this damage, and the file that has it; nil where no file can have it.
    func done(
        to disk: SimulatedDisk, using random: inout some RandomNumberGenerator
    ) -> (disk: SimulatedDisk, path: String)? {
        let tree = disk.tree()
        let candidates = tree.filter { isCandidate($0.key, $0.value, tree) }.keys.sorted()
        guard let path = candidates.randomElement(using: &random), let node = disk.node(path) else { return nil }
        let text = tree[path] ?? []
        var lines = text.split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
        let place = lines.isEmpty ? 0 : Int.random(in: lines.indices, using: &random)
        switch self {
        case .changedByte:
            // Neither byte may be anywhere in strict JSON.
            let byte: UInt8 = Bool.random(using: &random) ? 0xFF : 0x01
            lines[place][Int.random(in: 0..<lines[place].count - 1, using: &random)] = byte
        case .zeros:
            for index in 0..<16 { lines[place][index] = 0 }
        case .tornMiddle:
            lines[place].removeLast(Int.random(in: 1..<lines[place].count, using: &random))
            if place == lines.count - 1 { lines.append(lines[place]) }
        case .tornEnd:
            lines[lines.count - 1].removeLast(Int.random(in: 1..<lines[lines.count - 1].count, using: &random))
        case .repeatedLine:
            lines.insert(lines[place], at: Int.random(in: lines.indices, using: &random))
        case .lineOfAnotherDay:
            let other = candidates.filter { $0 != path }.randomElement(using: &random).flatMap { tree[$0] } ?? []
            lines.append(Array(other.split(separator: UInt8(ascii: "\n"))[0]) + [UInt8(ascii: "\n")])
        case .swappedLines:
            lines.swapAt(0, lines.count - 1)
        case .missingLine:
            lines.remove(at: place)
        case .missingFile, .emptyRunFile:
            lines = []
        }
        var disk = disk
        disk.files[node] = SimulatedDisk.File(synced: Array(lines.joined()))
        return (disk, path)
    }

    private static func isSiteFile(_ path: String) -> Bool {
        path.hasPrefix("/site/site_") && path.hasSuffix(".ndjson")
    }

    private func isCandidate(_ path: String, _ text: [UInt8], _ tree: [String: [UInt8]]) -> Bool {
        let isSiteFile = Self.isSiteFile(path)
        let lines = text.count { $0 == UInt8(ascii: "\n") }
        switch self {
        case .emptyRunFile: return path.hasSuffix("/run.json")
        case .lineOfAnotherDay:
            let isOther = { (file: (key: String, value: [UInt8])) in
                file.key != path && Self.isSiteFile(file.key) && !file.value.isEmpty
            }
            return isSiteFile && lines > 0 && tree.contains(where: isOther)
        case .missingLine, .missingFile:
            let runFile = tree[Path.join(Path.directory(of: path), "run.json")] ?? []
            let isActive = String(decoding: runFile, as: UTF8.self).contains(#""stopped_at":null"#)
            return path.hasSuffix("/telemetry.ndjson") && lines > 0 && !isActive
        case .swappedLines: return (isSiteFile || path.hasSuffix("/telemetry.ndjson")) && lines > 1
        default: return (isSiteFile || path.hasSuffix("/telemetry.ndjson")) && lines > 0
        }
    }
}
