internal import CCurl

/// libcurl's functions. The library is loaded when they are first asked for.
struct CurlLibrary: @unchecked Sendable {  // What is pointed at is written once, before anybody can see it.
    /// Nil when libcurl is not installed.
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
