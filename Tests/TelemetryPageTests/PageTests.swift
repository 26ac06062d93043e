import Glibc
import Testing

@testable import TelemetryPage

@Suite struct PageTests {
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
        let dygraphs = "/usr/share/javascript/dygraphs"
        let names = try names(below: web)
        let plots = ["dygraph.min.css", "dygraph.min.js"]

        #expect(PageFile.all.map(\.name).sorted() == (names + plots).sorted())
        for file in PageFile.all {
            let path = plots.contains(file.name) ? "\(dygraphs)/\(file.name)" : "\(web)/\(file.name)"
            #expect(try Array(file.bytes) == bytes(of: path), "\(file.name)")
        }
    }

    /// The routes have one level of directories below the page's.
    @Test func noFileLiesDeeperThanTheRoutesReach() {
        for file in Page.files { #expect(file.name.split(separator: "/").count <= 2, "\(file.name)") }
    }

    @Test func everyFileHasATypeThatABrowserTakes() {
        let types: Set = ["text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml"]
        for file in Page.files { #expect(types.contains(file.mediaType), "\(file.name)") }
    }

    @Test func theDocumentNamesFilesThatThereAre() throws {
        let document = String(decoding: Page.document, as: UTF8.self)
        #expect(!document.contains("PAGE_FILES"))
        #expect(Page.version.count == 16 && Page.version.allSatisfy { $0.isHexDigit && !$0.isUppercase })

        let references = document.matches(of: /page\/([^\/"]*)\/([^"]*)"/)
        #expect(!references.isEmpty)
        for reference in references {
            #expect(reference.1 == Page.version)
            #expect(Page.files.contains { $0.name == reference.2 }, "\(reference.2)")
        }
    }

    /// The page's own files, as `import` and `href` name them: relative, so that they need no version.
    @Test func everyModuleThatIsImportedIsThere() {
        for file in Page.files where file.name.hasSuffix(".js") && !file.name.hasPrefix("dygraph") {
            let text = String(decoding: file.bytes, as: UTF8.self)
            let directory = file.name.split(separator: "/").dropLast()
            for module in text.matches(of: /(?:from|import|import\()\s*"(\.{1,2}\/[^"]*)"/) {
                var path = directory
                for step in module.1.split(separator: "/") where step != "." {
                    if step == ".." { path = path.dropLast() } else { path.append(step) }
                }
                #expect(Page.files.contains { $0.name == path.joined(separator: "/") }, "\(file.name): \(module.1)")
            }
        }
    }
}
