/// The rules for names that become directories. They hold for the bytes of a name.
package enum PathComponent {
    /// The longest name that Linux file systems take, in bytes.
    package static let maximumLength = 255

    /// Why `name` cannot be the name of a run's directory; nil when it can.
    package static func fault(of name: some StringProtocol) -> String? {
        if name == "." || name == ".." { return "may not be '.' or '..'" }
        if name.utf8.first == UInt8(ascii: ".") { return "may not begin with a dot" }
        if name.utf8.contains(UInt8(ascii: "/")) { return "may not hold a slash" }
        if name.unicodeScalars.contains(where: \.isControl) { return "may not hold control characters" }
        if let first = name.unicodeScalars.first, first.joinsWhatPrecedes {
            return "may not begin with a combining mark (U+\(first.hexadecimal)), which would join what precedes it"
        }
        if name.utf8.count > maximumLength { return "may have at most \(maximumLength) bytes" }
        if isReserved(name) { return "may not be the name of one of the server's files" }
        return nil
    }

    private static func isReserved(_ name: some StringProtocol) -> Bool {
        name == "run.json" || name.contains(".ndjson")
    }
}

extension Unicode.Scalar {
    /// Whether text that begins with it is shown as one character with a slash before it.
    fileprivate var joinsWhatPrecedes: Bool {
        var text = "/"
        text.unicodeScalars.append(self)
        return text.count == 1
    }

    /// Its number, with four digits or more.
    fileprivate var hexadecimal: String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
