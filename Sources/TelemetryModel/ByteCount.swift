/// A number of bytes, formatted for people: `512 B`, `4.2 MB`.
package struct ByteCount: CustomStringConvertible {
    private let bytes: Int64

    package init(_ bytes: Int64) {
        self.bytes = bytes
    }

    package var description: String {
        if bytes < 1_000 { return "\(bytes) B" }
        var tenths = bytes / 100
        for unit in ["kB", "MB", "GB"] {
            if tenths < 10_000 { return "\(tenths / 10).\(tenths % 10) \(unit)" }
            tenths /= 1_000
        }
        return "\(tenths / 10).\(tenths % 10) TB"
    }
}
