/// A random id that tells one site directory from every other, made once and kept in `.telemetry/epoch`.
///
/// A cursor is valid in the epoch it was made in only. A directory whose `.telemetry` was deleted gets another epoch,
/// because the order of its runs may have been lost with it. The file holds the 16 digits and a newline; anything else
/// counts as damaged and is replaced.
package struct LogEpoch: Sendable, Hashable {
    /// 16 hexadecimal digits.
    package let text: String

    /// A new one.
    init() {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        text = String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// - Returns: nil for any other text.
    package init?(text: some StringProtocol) {
        guard text.utf8.count == 16, text.utf8.allSatisfy(Self.isDigit) else { return nil }
        self.text = String(text)
    }

    /// The epoch of a site directory. One that has none gets one, on disk when this returns.
    ///
    /// - Parameter onDamage: called when there was one that cannot be used.
    /// - Throws: ``SystemError`` when it cannot be written or read.
    static func load(
        _ siteDirectory: String, _ fileSystem: any FileSystem, onDamage: (_ path: String) -> Void = { _ in }
    ) throws(SystemError) -> LogEpoch {
        let path = path(in: siteDirectory)
        if try fileSystem.status(path) != nil {
            if let epoch = try read(siteDirectory, fileSystem) { return epoch }
            onDamage(path)
        }
        let epoch = LogEpoch()
        try fileSystem.replace(path, with: Array((epoch.text + "\n").utf8))
        return epoch
    }

    /// The epoch of a site directory; nil when it has none that can be used.
    static func read(_ siteDirectory: String, _ fileSystem: any FileSystem) throws(SystemError) -> LogEpoch? {
        do throws(SystemError) {
            let text = String(decoding: try fileSystem.contents(of: path(in: siteDirectory)), as: UTF8.self)
            return text.hasSuffix("\n") ? LogEpoch(text: text.dropLast()) : nil
        } catch {
            if error.isNotFound || error.code == SystemError.notAFile { return nil }
            throw error
        }
    }

    private static func path(in siteDirectory: String) -> String { Path.join(siteDirectory, ".telemetry/epoch") }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
