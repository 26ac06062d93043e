internal import Glibc

/// What room a file system has.
package struct FileSystemRoom: Sendable, Equatable {
    /// Its size in bytes.
    package var total: UInt64

    /// What is free, for root.
    package var free: UInt64

    /// What is free, for everybody.
    package var available: UInt64

    /// How many files it can have; 0 where it sets no limit.
    package var inodes: UInt64

    package var freeInodes: UInt64

    package init(total: UInt64, free: UInt64, available: UInt64, inodes: UInt64, freeInodes: UInt64) {
        self.total = total
        self.free = free
        self.available = available
        self.inodes = inodes
        self.freeInodes = freeInodes
    }

    /// The room where a path is, by `statvfs(3)`; nil when it cannot be reached.
    package static func ofPath(_ path: String) -> FileSystemRoom? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let block = UInt64(status.f_frsize)
        return FileSystemRoom(
            // Some file systems in user space count to the end of 64 bits.
            total: UInt64(status.f_blocks) &* block, free: UInt64(status.f_bfree) &* block,
            available: UInt64(status.f_bavail) &* block, inodes: UInt64(status.f_files),
            freeInodes: UInt64(status.f_ffree))
    }
}

/// The file systems that may become full, from `/proc/self/mountinfo` (`proc(5)`).
///
/// Those are what is on a device of this machine, and what is the root. Not that of another machine, which may not answer, and
/// to ask would then take for ever; nor an image that is always full.
struct DiskReading {
    private static let images: Set<Substring> = ["squashfs", "erofs", "iso9660", "udf", "cramfs", "romfs"]

    /// File systems that name no device though they are on some.
    private static let pools: Set<Substring> = ["zfs", "btrfs", "bcachefs"]

    /// Each file system where it is mounted first; a sandbox mounts the same ones again.
    let mounts: [String]

    init(_ files: SystemFiles) {
        var mounts: [String: (mount: String, isWhole: Bool)] = [:]
        for line in (files.text("/proc/self/mountinfo") ?? "").split(separator: "\n") {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 2 else { continue }
            let (device, isWhole, mount) = (String(words[2]), words[3] == "/", Self.unescaped(words[4]))
            let (type, source) = (words[dash + 1], words[dash + 2])
            guard mount == "/" || source.hasPrefix("/dev/") || Self.pools.contains(type), !Self.images.contains(type)
            else { continue }
            if let known = mounts[device] {
                let isBetter = isWhole && !known.isWhole
                let isShorter = isWhole == known.isWhole && mount.utf8.count < known.mount.utf8.count
                guard mount == "/" || known.mount != "/" && (isBetter || isShorter) else { continue }
            }
            mounts[device] = (mount, isWhole)
        }
        self.mounts = mounts.values.map(\.mount).sorted()
    }

    func members(room: (String) -> FileSystemRoom?) -> [Members] {
        mounts.compactMap { mount in
            guard let room = room(mount), room.total > 0 else { return nil }
            var members = Members(attributes: [("mount", mount)])
            members.add("total_bytes", room.total)
            members.add("available_bytes", room.available)
            // As df(1) has it: what is kept for root is neither used nor available.
            let used = increase(from: room.free, to: room.total)
            members.add("used_percent", Self.percent(used, of: used &+ room.available))
            if room.inodes > 0 {
                members.add("inodes", room.inodes)
                members.add("free_inodes", room.freeInodes)
                let usedInodes = increase(from: room.freeInodes, to: room.inodes)
                members.add("used_inodes_percent", Self.percent(usedInodes, of: room.inodes))
            }
            return members
        }
    }

    private static func percent(_ part: UInt64, of whole: UInt64) -> Double? {
        whole > 0 ? 100 * Double(part) / Double(whole) : nil
    }

    /// A path in which a blank is written as `\040`.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let code = UInt8(String(Substring(rest.prefix(3))), radix: 8) {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
