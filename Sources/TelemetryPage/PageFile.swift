internal import CTelemetryPage

/// A file of the page as it is embedded.
struct PageFile: Sendable {
    /// Its path below the page's directory: `core/api.js`. ASCII.
    let name: String

    /// The file as it was written; part of the binary.
    ///
    /// SAFETY: read-only memory that is there for as long as the process; nobody can change it.
    nonisolated(unsafe) let source: UnsafeRawBufferPointer

    /// The file as it is sent. It is made anew each time.
    var bytes: [UInt8] {
        switch suffix {
        case "css", "js": WebText(source).bytes
        default: Array(source)
        }
    }

    private var suffix: String? { name.utf8.split(separator: UInt8(ascii: ".")).last.flatMap { String($0) } }

    /// The value of its `Content-Type`.
    var mediaType: String {
        switch suffix {
        case "css": "text/css; charset=utf-8"
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }

    /// All files of the page, in no order.
    static let all: [PageFile] = {
        var count = 0
        let files = UnsafeBufferPointer(start: ctelemetrypage_files(&count), count: count)
        return files.map { file in
            PageFile(
                name: String(cString: file.name), source: UnsafeRawBufferPointer(start: file.bytes, count: file.length))
        }
    }()
}
