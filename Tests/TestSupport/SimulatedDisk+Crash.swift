extension SimulatedDisk {
    /// What may be left of a disk after a crash now. The first has lost all that was not synced, the second nothing.
    ///
    /// Each unsynced file is cut at every byte of what is pending, with the rest of it missing or zero; each subset of the
    /// unsynced names of a directory is lost. Files and directories vary one at a time, beside both extremes of the others,
    /// and together at random.
    package func crashImages(combinations: Int, using random: inout some RandomNumberGenerator) -> [SimulatedDisk] {
        let fileChoices = files.filter { !$0.value.pending.isEmpty }.mapValues(Self.leftovers)
        let nameChoices = directories.filter { !$0.value.pending.isEmpty }.mapValues(Self.leftovers)
        var images = [image(fileChoices.mapValues(\.lost), nameChoices.mapValues(\.lost))]
        let kept = (fileChoices.mapValues(\.kept), nameChoices.mapValues(\.kept))
        images.append(image(kept.0, kept.1))
        for (node, choices) in fileChoices.sorted(by: { $0.key < $1.key }) {
            for choice in choices.all {
                images.append(image(kept.0.merging([node: choice]) { $1 }, kept.1))
            }
        }
        for (node, choices) in nameChoices.sorted(by: { $0.key < $1.key }) {
            for choice in choices.all {
                images.append(image(kept.0, kept.1.merging([node: choice]) { $1 }))
                images.append(image(fileChoices.mapValues(\.lost), kept.1.merging([node: choice]) { $1 }))
            }
        }
        if fileChoices.count + nameChoices.count > 1 {
            for _ in 0..<combinations {
                var files: [Int: [UInt8]] = [:]
                for (node, choices) in fileChoices.sorted(by: { $0.key < $1.key }) {
                    files[node] = choices.all.randomElement(using: &random)
                }
                var names: [Int: [String: Int]] = [:]
                for (node, choices) in nameChoices.sorted(by: { $0.key < $1.key }) {
                    names[node] = choices.all.randomElement(using: &random)
                }
                images.append(image(files, names))
            }
        }
        return images
    }

    /// One of the disks that may be left after a crash now: of each file and each directory some of what was not synced.
    package func crashImage(using random: inout some RandomNumberGenerator) -> SimulatedDisk {
        var files: [Int: [UInt8]] = [:]
        for (node, file) in self.files.sorted(by: { $0.key < $1.key }) where !file.pending.isEmpty {
            let kept = Int.random(in: 0...file.pending.count, using: &random)
            var bytes = File.apply(file.pending.prefix(kept), to: file.synced)
            if kept < file.pending.count, case .append(let more) = file.pending[kept] {
                bytes += more.prefix(Int.random(in: 0...more.count, using: &random))
                if Int.random(in: 0..<4, using: &random) == 0 { bytes += [UInt8](repeating: 0, count: 40) }
            }
            files[node] = bytes
        }
        var names: [Int: [String: Int]] = [:]
        for (node, directory) in directories.sorted(by: { $0.key < $1.key }) where !directory.pending.isEmpty {
            let kept = directory.pending.filter { _ in Bool.random(using: &random) }
            names[node] = Directory.apply(kept, to: directory.synced)
        }
        return image(files, names)
    }

    private struct Leftovers<Value> {
        let lost: Value
        let kept: Value
        let all: [Value]
    }

    private static func leftovers(_ file: File) -> Leftovers<[UInt8]> {
        var all: [[UInt8]] = []
        for count in 0...file.pending.count {
            let base = File.apply(file.pending.prefix(count), to: file.synced)
            all.append(base)
            guard count < file.pending.count, case .append(let bytes) = file.pending[count] else { continue }
            for cut in 1..<max(2, bytes.count) {
                all.append(base + bytes.prefix(cut))
                // A file system may have made the file longer before it wrote its blocks.
                if cut % 16 == 0 {
                    all.append(base + bytes.prefix(cut) + Array(repeating: 0, count: bytes.count - cut))
                }
            }
        }
        return Leftovers(lost: file.synced, kept: file.contents, all: all)
    }

    private static func leftovers(_ directory: Directory) -> Leftovers<[String: Int]> {
        let pending = directory.pending
        var all: [[String: Int]] = []
        for subset in 0..<(1 << min(pending.count, 5)) {
            let changes = pending.enumerated().filter { subset >> min($0.offset, 4) & 1 == 1 }.map(\.element)
            all.append(Directory.apply(changes, to: directory.synced))
        }
        return Leftovers(lost: directory.synced, kept: directory.names, all: all)
    }

    private func image(_ contents: [Int: [UInt8]], _ names: [Int: [String: Int]]) -> SimulatedDisk {
        var disk = self
        for (node, bytes) in contents { disk.files[node] = File(synced: bytes) }
        for (node, names) in names { disk.directories[node] = Directory(synced: names) }
        return disk
    }
}
