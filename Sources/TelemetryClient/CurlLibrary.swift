internal import CCurl

/// libcurl's functions. The library is loaded on first use.
///
/// SAFETY: the table is written in `init`, before any other thread can see it, and never again. It lives as long as the
/// process, as the loaded library does.
struct CurlLibrary: @unchecked Sendable {
    /// Nil if libcurl is not installed, or too old.
    static let shared = CurlLibrary()

    let functions: UnsafePointer<ccurl_library>

    private init?() {
        let functions = UnsafeMutablePointer<ccurl_library>.allocate(capacity: 1)
        functions.initialize(to: ccurl_library())
        guard ccurl_load(functions) != 0, functions.pointee.global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
        else { return nil }
        self.functions = UnsafePointer(functions)
    }
}
