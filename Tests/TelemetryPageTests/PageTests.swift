import Glibc
import Testing

@testable import TelemetryPage

@Suite struct PageTests {
    private static let page = Page()
    private static let sources = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

    /// The paths of all files below a directory, from it on.
    private func names(below directory: String, _ prefix: String = "") throws -> [String] {
        let stream = try #require(opendir("\(directory)/\(prefix)"))
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(".") { continue }
            let isDirectory = entry.pointee.d_type == UInt8(DT_DIR)
            names += isDirectory ? try self.names(below: directory, "\(prefix)\(name)/") : ["\(prefix)\(name)"]
        }
        return names
    }

    private func bytes(of path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
        return bytes
    }

    /// A file of Sources/TelemetryPage/Web that is not named in Sources/CTelemetryPage/files.c would be missed by browsers only.
    @Test func everyFileOfThePageIsEmbeddedAsItIsAndNoOther() throws {
        let web = "\(Self.sources)/Sources/TelemetryPage/Web"
        #expect(PageFile.all.map(\.name).sorted() == (try names(below: web)).sorted())
        for file in PageFile.all {
            #expect(try Array(file.source) == bytes(of: "\(web)/\(file.name)"), "\(file.name)")
        }
    }

    /// `WebText` goes by lines, and takes away what looks like a comment or like indentation.
    @Test func noFileHasTextThatIsTakenForACommentOrForIndentation() {
        for file in PageFile.all where file.name.hasSuffix(".js") || file.name.hasSuffix(".css") {
            var isInComment = false
            let lines = String(decoding: file.source, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                let text = line.drop { $0 == " " }
                let begins = !isInComment && text.hasPrefix("/*")
                if isInComment || begins {
                    isInComment = !text.contains("*/")
                    #expect(isInComment || text.hasSuffix("*/"), "\(file.name):\(index + 1): code after a comment")
                    continue
                }
                if text.hasPrefix("//") { continue }
                let quotes = text.count { $0 == "`" }
                #expect(quotes % 2 == 0, "\(file.name):\(index + 1): text of several lines in backticks")
                #expect(!text.contains("\t"), "\(file.name):\(index + 1): a tab")
                // A line that goes on in the next one by a backslash would lose its indentation.
                #expect(!text.hasSuffix("\\"), "\(file.name):\(index + 1)")
            }
        }
    }

    @Test func commentsAndIndentationAreNotSent() {
        let source = """
            /** What it does.
             *  @param a
             */
            export function f(a) { // why
              // A comment.
              const url = "http://x/*";

              return a /* this */ * 2;
            }
            /* One line. */
            """
        let sent = """
            export function f(a) { // why
            const url = "http://x/*";
            return a /* this */ * 2;
            }

            """
        #expect(String(decoding: WebText(source.utf8).bytes, as: UTF8.self) == sent)
    }

    /// The routes have one level of directories below the page's.
    @Test func noFileLiesDeeperThanTheRoutesReach() {
        for file in Self.page.files { #expect(file.name.split(separator: "/").count <= 2, "\(file.name)") }
    }

    @Test func everyFileHasATypeThatABrowserTakes() {
        let types: Set = ["text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml"]
        for file in Self.page.files { #expect(types.contains(file.mediaType), "\(file.name)") }
    }

    @Test func theDocumentNamesFilesThatThereAre() throws {
        let document = String(decoding: Self.page.document.bytes, as: UTF8.self)
        #expect(!document.contains("PAGE_FILES"))
        #expect(Self.page.version.count == 16 && Self.page.version.allSatisfy { $0.isHexDigit && !$0.isUppercase })

        let references = document.matches(of: /page\/([^\/"]*)\/([^"]*)"/)
        #expect(!references.isEmpty)
        for reference in references {
            #expect(reference.1 == Self.page.version)
            #expect(Self.page.files.contains { $0.name == reference.2 }, "\(reference.2)")
        }
    }

    /// The page's own files, as `import` and `href` name them: relative, so that they need no version.
    @Test func everyModuleThatIsImportedIsThere() {
        for file in Self.page.files where file.name.hasSuffix(".js") {
            let text = String(decoding: file.bytes, as: UTF8.self)
            let directory = file.name.split(separator: "/").dropLast()
            for module in text.matches(of: /(?:from|import|import\()\s*"(\.{1,2}\/[^"]*)"/) {
                var path = directory
                for step in module.1.split(separator: "/") where step != "." {
                    if step == ".." { path = path.dropLast() } else { path.append(step) }
                }
                #expect(
                    Self.page.files.contains { $0.name == path.joined(separator: "/") }, "\(file.name): \(module.1)")
            }
        }
    }
}
