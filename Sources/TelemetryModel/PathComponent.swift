/// The rules for names that become directories.
package enum PathComponent {
    /// The longest name that Linux file systems take, in bytes.
    package static let maximumLength = 255

    /// Why `name` cannot be the name of a run's directory; nil when it can.
    package static func fault(of name: some StringProtocol) -> String? {
        if name == "." || name == ".." { return "may not be '.' or '..'" }
        if name.hasPrefix(".") { return "may not begin with a dot" }
        if name.utf8.contains(UInt8(ascii: "/")) { return "may not hold a slash" }
        if name.unicodeScalars.contains(where: \.isControl) { return "may not hold control characters" }
        if name.utf8.count > maximumLength { return "may have at most \(maximumLength) bytes" }
        if isReserved(name) { return "may not be the name of one of the server's files" }
        return nil
    }

    private static func isReserved(_ name: some StringProtocol) -> Bool {
        name == "run.json" || name.contains(".ndjson")
    }
}
