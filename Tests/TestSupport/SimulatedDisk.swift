/// A disk, and what of it has not been synced yet.
///
/// It follows what POSIX promises, and promises no more: written bytes are on disk after an fdatasync of their file, names
/// after an fsync of their directory. Before, any part of them may be there after a crash. A rename is there or not.
package struct SimulatedDisk {
    package enum FileChange {
        case append([UInt8])
        case truncate(Int)
    }

    package enum NameChange {
        case link(String, Int)
        case unlink(String)
        case rename(from: String, to: String)
    }

    package struct File {
        var synced: [UInt8] = []
        var pending: [FileChange] = []

        var contents: [UInt8] { Self.apply(pending, to: synced) }

        static func apply(_ changes: some Sequence<FileChange>, to bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for change in changes {
                switch change {
                case .append(let more): bytes += more
                case .truncate(let length): bytes.removeLast(max(0, bytes.count - length))
                }
            }
            return bytes
        }
    }

    package struct Directory {
        var synced: [String: Int] = [:]
        var pending: [NameChange] = []

        var names: [String: Int] { Self.apply(pending, to: synced) }

        static func apply(_ changes: some Sequence<NameChange>, to names: [String: Int]) -> [String: Int] {
            var names = names
            for change in changes {
                switch change {
                case .link(let name, let node): names[name] = node
                case .unlink(let name): names[name] = nil
                case .rename(let from, let to):
                    if let node = names.removeValue(forKey: from) { names[to] = node }
                }
            }
            return names
        }
    }

    package static let root = 0

    package var files: [Int: File] = [:]
    package var directories: [Int: Directory] = [root: Directory()]
    private var nextNode = 1

    package mutating func makeFile() -> Int {
        defer { nextNode += 1 }
        files[nextNode] = File()
        return nextNode
    }

    package mutating func makeDirectory() -> Int {
        defer { nextNode += 1 }
        directories[nextNode] = Directory()
        return nextNode
    }

    /// The node at an absolute path; nil when there is nothing.
    package func node(_ path: String) -> Int? {
        var node = Self.root
        for name in path.split(separator: "/") {
            guard let next = directories[node]?.names[String(name)] else { return nil }
            node = next
        }
        return node
    }

    package mutating func syncFile(_ node: Int) {
        guard let file = files[node] else { return }
        files[node] = File(synced: file.contents)
    }

    package mutating func syncDirectory(_ node: Int) {
        guard let directory = directories[node] else { return }
        directories[node] = Directory(synced: directory.names)
    }

    /// How many files and directories there are.
    package var nodeCount: Int {
        func count(_ node: Int) -> Int {
            (directories[node]?.names ?? [:]).values.reduce(1) { $0 + count($1) }
        }
        return count(Self.root)
    }

    /// All names below a directory with the files' contents.
    package func tree(_ node: Int = root, _ path: String = "") -> [String: [UInt8]] {
        var result: [String: [UInt8]] = [:]
        for (name, child) in directories[node]?.names ?? [:] {
            if let file = files[child] {
                result[path + "/" + name] = file.contents
            } else {
                result.merge(tree(child, path + "/" + name)) { first, _ in first }
            }
        }
        return result
    }
}
