internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryPage

extension Routes {
    /// `GET /`: the page.
    @Sendable
    func page(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        PageContent.shared.document.response(to: request.headers)
    }

    /// `GET /page/{version}/{name}` and `GET /page/{version}/{directory}/{name}`: a file that the page loads.
    @Sendable
    func pageFile(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let directory = request.parameters["directory"].map { $0 + "/" } ?? ""
        let name = directory + (request.parameters["name"] ?? "")
        let content = PageContent.shared
        let isCurrent = request.parameters["version"]?.utf8.elementsEqual(content.version.utf8) ?? false
        guard isCurrent, let file = content.files[Array(name.utf8)] else { throw .noPageFile }
        return file.response(to: request.headers)
    }
}

/// The page as it is sent. It is made at the first use, and the page needs no memory before.
private struct PageContent {
    static let shared = PageContent(Page())

    let version: String
    let document: StaticContent

    /// By the bytes of their names.
    let files: [[UInt8]: StaticContent]

    private init(_ page: Page) {
        version = page.version
        document = Self.content(of: page.document)
        files = Dictionary(
            uniqueKeysWithValues: page.files.map { file in
                (Array(file.name.utf8), Self.content(of: file, cacheControl: "public, max-age=31536000, immutable"))
            })
    }

    private static func content(of file: Page.File, cacheControl: String = "no-cache") -> StaticContent {
        StaticContent(
            HTTPResponse.SharedBytes(copying: file.bytes), mediaType: file.mediaType, isCompressed: true,
            cacheControl: cacheControl, fields: securityFields)
    }

    /// What a browser is to keep the page from, whatever a value that is shown may hold: to load or to run anything that is
    /// not the server's own, to be shown in another page, and to tell others that it was here.
    private static let securityFields = [
        HTTPResponse.Field(
            "Content-Security-Policy",
            """
            default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src 'self' data: blob:; \
            object-src 'none'
            """),
        HTTPResponse.Field("X-Content-Type-Options", "nosniff"),
        HTTPResponse.Field("Referrer-Policy", "no-referrer"),
        HTTPResponse.Field("X-Frame-Options", "DENY"),
        HTTPResponse.Field("Cross-Origin-Opener-Policy", "same-origin"),
        HTTPResponse.Field("Cross-Origin-Resource-Policy", "same-origin"),
    ]
}
