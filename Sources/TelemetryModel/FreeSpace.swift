/// What is free on a file system, for this user.
package struct FreeSpace: Sendable, Hashable, CustomStringConvertible {
    package let bytes: UInt64

    /// How many files can be made; nil where the file system has no limit of its own.
    package let files: UInt64?

    package init(bytes: UInt64, files: UInt64? = nil) {
        self.bytes = bytes
        self.files = files
    }

    /// Whether no file can be made though there may be room in those that are there.
    package var hasNoInodes: Bool { files == 0 }

    /// `8192 bytes free`, or `no inodes free, 8192 bytes free`.
    package var description: String { (hasNoInodes ? "no inodes free, " : "") + "\(bytes) bytes free" }
}
