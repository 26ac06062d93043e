/// The page that people look at: its document, and the files that the document loads.
///
/// The document is at `/` and asks to be looked for again each time. Its files are in a directory that is named by what is in all
/// of them, so a browser may keep them for ever: another version of the page has another directory. All references between the
/// files are relative.
///
/// Everything here is made at the first use: it reads every byte of the page, and an idle server does not need these in memory.
package enum Page {
    /// What the document has in the place of the directory.
    private static let placeholder = "PAGE_FILES"

    private static let source: PageFile = {
        guard let file = PageFile.all.first(where: { $0.name == "index.html" }) else {
            preconditionFailure("The page has no index.html")
        }
        return file
    }()

    /// The files that the document loads.
    package static let files = PageFile.all.filter { $0.name != source.name }

    /// The name of the directory: 16 hexadecimal digits, made of the names and the bytes of all files.
    package static let version: String = {
        var hash = FNV1a()
        for file in PageFile.all.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            // A zero byte ends the name, and the length the bytes: nothing moves from one to the other unseen.
            hash.combine(file.name.utf8)
            let bytes = file.bytes
            hash.combine(CollectionOfOne(0))
            hash.combine("\(bytes.count)".utf8)
            hash.combine(CollectionOfOne(0))
            hash.combine(bytes)
        }
        let digits = String(hash.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }()

    /// The document, in HTML. It refers to its files as `page/<version>/<name>`.
    package static let document: [UInt8] = {
        var document: [UInt8] = []
        var rest = source.bytes[...]
        while let byte = rest.first {
            let isPlaceholder = rest.starts(with: placeholder.utf8)
            if isPlaceholder { document += "page/\(version)".utf8 } else { document.append(byte) }
            rest = rest.dropFirst(isPlaceholder ? placeholder.utf8.count : 1)
        }
        return document
    }()

    /// The `Content-Type` of the document.
    package static var mediaType: String { source.mediaType }
}

/// The 64-bit hash FNV-1a. It tells versions apart that nobody has made to look alike.
private struct FNV1a {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
}
