internal import TelemetryStore

/// Where the index lies: `<site_dir>/.telemetry/index`. All of it may be deleted, and is made again.
struct IndexDirectory: Sendable {
    let path: String
    let siteDirectory: String
    let fileSystem: any FileSystem

    init(_ siteDirectory: String, _ fileSystem: any FileSystem) {
        self.siteDirectory = siteDirectory
        self.fileSystem = fileSystem
        path = siteDirectory + "/.telemetry/index"
    }

    /// How the segments of a data file are called, up to their numbers.
    static func name(of file: DataFile) -> String {
        if file.isSite { return String(file.name.dropLast(".ndjson".count)) }
        // Runs may lie anywhere and have any name; what a person can read of it stands in front.
        let hash = String(FNVHash.of(file.name.utf8), radix: 16)
        let last = file.name.utf8.split(separator: UInt8(ascii: "/")).last ?? []
        let readable = last.prefix(40).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                byte
            default: UInt8(ascii: "_")
            }
        }
        return
            "run_\(String(decoding: readable, as: UTF8.self))_\(String(repeating: "0", count: 16 - hash.count))\(hash)"
    }

    /// The path of a segment.
    ///
    /// - Parameter number: its place among those of a file that is still written to; nil for that of a closed file.
    func segment(_ name: String, _ number: Int?) -> String {
        "\(path)/\(name)\(number.map { ".\($0)" } ?? "").idx"
    }

    /// The numbers of a file's segments, by its name; nil for that of a closed file.
    func entries() throws(SystemError) -> [String: [Int?]] {
        guard try fileSystem.status(path) != nil else { return [:] }
        var entries: [String: [Int?]] = [:]
        for entry in try fileSystem.entries(of: path) where entry.hasSuffix(".idx") {
            let stem = entry.dropLast(".idx".count)
            if let dot = stem.lastIndex(of: "."), let number = Int(stem[stem.index(after: dot)...]) {
                entries[String(stem[..<dot]), default: []].append(number)
            } else {
                entries[String(stem), default: []].append(nil)
            }
        }
        return entries
    }

    /// Makes a file to write a segment into. It becomes the segment by ``commit(_:)``.
    func create(_ path: String) throws(SystemError) -> FileDescriptor {
        // What is foreign is thrown away here as well.
        if let kind = try fileSystem.status(self.path)?.kind, kind != .directory, kind != .symbolicLink {
            try fileSystem.remove(self.path)
        }
        if try fileSystem.status(path)?.kind == .directory { try fileSystem.removeDirectory(path) }
        if try fileSystem.status(self.path) == nil { try fileSystem.makeDirectories(self.path, below: siteDirectory) }
        if try fileSystem.status(path + ".new") != nil { try fileSystem.remove(path + ".new") }
        return try fileSystem.create(path + ".new")
    }

    func commit(_ path: String) throws(SystemError) {
        try fileSystem.rename(path + ".new", to: path)
    }

    /// Removes a segment that is not needed any more, if that can be done.
    func discard(_ path: String) {
        try? fileSystem.remove(path)
    }

    /// Removes everything that is of no file.
    ///
    /// - Parameters:
    ///   - names: of the files that there are.
    ///   - temporaries: whether segments that are not whole are of nobody either.
    func discard(allBut names: Set<String>, temporaries: Bool) {
        guard let entries = try? entries() else { return }
        for (name, numbers) in entries where !names.contains(name) {
            for number in numbers { discard(segment(name, number)) }
        }
        guard temporaries else { return }
        for entry in (try? fileSystem.entries(of: path)) ?? [] where entry.hasSuffix(".idx.new") {
            discard("\(path)/\(entry)")
        }
    }
}

/// Tells whether a data file is still the one that a segment was made of, by some of its bytes.
struct DataFingerprint: Sendable, Hashable {
    let head: UInt64
    let tail: UInt64

    private static let headLength: Int64 = 256
    private static let tailLength: Int64 = 4_096

    /// - Parameter covered: how much of the file counts, in bytes.
    init(_ file: OpenDataFile, covered: Int64) throws(SystemError) {
        head = try Self.hash(file, 0..<min(covered, Self.headLength))
        tail = try Self.hash(file, max(0, covered - Self.tailLength)..<covered)
    }

    private static func hash(_ file: OpenDataFile, _ range: Range<Int64>) throws(SystemError) -> UInt64 {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var count = 0
        while count < bytes.count {
            var span = bytes.mutableSpan
            let read = try span.withUnsafeMutableBytes { bytes throws(SystemError) in
                try file.read(
                    UnsafeMutableRawBufferPointer(rebasing: bytes[count...]), at: range.lowerBound + Int64(count))
            }
            if read == 0 { break }
            count += read
        }
        return FNVHash.of(bytes[..<count])
    }
}
