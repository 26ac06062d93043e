/// A script or a style sheet without what only its readers need: lines that are comments, and indentation. That is a fifth of
/// the page, which a phone then need not load.
///
/// It goes by lines and knows no grammar. So in these files a comment that begins a line has the line, or all of its lines, to
/// itself, and no text of several lines is in backticks; a test holds them to it.
struct WebText {
    /// UTF-8.
    let bytes: [UInt8]

    init(_ source: some Sequence<UInt8>) {
        var bytes: [UInt8] = []
        var isInComment = false
        for line in Array(source).split(separator: UInt8(ascii: "\n")) {
            let text = line.drop { $0 == UInt8(ascii: " ") }
            if isInComment {
                isInComment = !text.hasSuffix("*/")
                continue
            }
            if text.starts(with: "/*".utf8) {
                isInComment = !text.hasSuffix("*/")
                continue
            }
            if text.isEmpty || text.starts(with: "//".utf8) { continue }
            bytes += text
            bytes.append(UInt8(ascii: "\n"))
        }
        self.bytes = bytes
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { suffix($0.count).elementsEqual($0) }
    }
}
