/// The page that people look at: its document, and the files that the document loads.
///
/// The document is at `/` and asks to be looked for again each time. Its files are in a directory that is named by what is in all
/// of them, so a browser may keep them for ever: another version of the page has another directory. All references between the
/// files are relative.
///
/// To make one reads every byte of the page and copies it: whoever serves it makes it once, when somebody wants it.
package struct Page: Sendable {
    /// A file as it is sent.
    package struct File: Sendable {
        /// Its path below the page's directory: `core/api.js`. ASCII.
        package let name: String
        package let mediaType: String
        package let bytes: [UInt8]
    }

    /// What the document has in the place of the directory.
    private static let placeholder = "PAGE_FILES"

    /// The files that the document loads.
    package let files: [File]

    /// The name of the directory: 16 hexadecimal digits, made of the names and the bytes of all files.
    package let version: String

    /// In HTML. It refers to its files as `page/<version>/<name>`. Its name is of no use.
    package let document: File

    package init() {
        let all = PageFile.all.map { File(name: $0.name, mediaType: $0.mediaType, bytes: $0.bytes) }
        guard let source = all.first(where: { $0.name == "index.html" }) else {
            preconditionFailure("The page has no index.html")
        }
        version = Self.version(of: all)
        files = all.filter { $0.name != source.name }
        document = File(
            name: source.name, mediaType: source.mediaType, bytes: Self.document(from: source.bytes, version))
    }

    private static func version(of files: [File]) -> String {
        var hash = FNV1a()
        for file in files.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            // A zero byte ends the name, and the length the bytes: nothing moves from one to the other unseen.
            hash.combine(file.name.utf8)
            hash.combine(CollectionOfOne(0))
            hash.combine("\(file.bytes.count)".utf8)
            hash.combine(CollectionOfOne(0))
            hash.combine(file.bytes)
        }
        let digits = String(hash.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func document(from source: [UInt8], _ version: String) -> [UInt8] {
        var document: [UInt8] = []
        var rest = source[...]
        while let byte = rest.first {
            let isPlaceholder = rest.starts(with: placeholder.utf8)
            if isPlaceholder { document += "page/\(version)".utf8 } else { document.append(byte) }
            rest = rest.dropFirst(isPlaceholder ? placeholder.utf8.count : 1)
        }
        return document
    }
}

/// The 64-bit hash FNV-1a. It tells versions apart that nobody has made to look alike.
private struct FNV1a {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
}
