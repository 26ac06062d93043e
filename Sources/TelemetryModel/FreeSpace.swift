/// What is free on a file system, for this user.
package struct FreeSpace: Sendable, Hashable, CustomStringConvertible {
    package let bytes: UInt64

    /// What there is in all for users but root, free or not, in bytes, as `df` reckons; nil where it cannot be told.
    package let size: UInt64?

    /// How many files can be made; nil where the file system has no limit of its own.
    package let files: UInt64?

    package init(bytes: UInt64, size: UInt64? = nil, files: UInt64? = nil) {
        self.bytes = bytes
        self.size = size
        self.files = files
    }

    /// Whether no file can be made though there may be room in those that are there.
    package var hasNoInodes: Bool { files == 0 }

    /// `8192 bytes free`, or `no inodes free, 8192 bytes free`.
    package var description: String { (hasNoInodes ? "no inodes free, " : "") + "\(bytes) bytes free" }
}
