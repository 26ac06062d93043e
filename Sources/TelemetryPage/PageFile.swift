internal import CTelemetryPage

/// A file of the page.
package struct PageFile: Sendable {
    /// Its path below the page's directory: `core/api.js`. ASCII.
    package let name: String

    /// Its bytes, which are part of the binary.
    ///
    /// SAFETY: read-only memory that is there for as long as the process; nobody can change it.
    package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

    /// The value of its `Content-Type`.
    package var mediaType: String {
        switch name.utf8.split(separator: UInt8(ascii: ".")).last.map(String.init) {
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
                name: String(cString: file.name), bytes: UnsafeRawBufferPointer(start: file.bytes, count: file.length))
        }
    }()
}
