internal import Glibc

/// A request method.
package struct HTTPMethod: Sendable, Hashable {
    package let name: String

    package init(_ name: String) {
        self.name = name
    }

    /// The method of a request line. GET and POST need no allocation.
    init(_ characters: UnsafePointer<CChar>) {
        if strcmp(characters, "POST") == 0 {
            self = .post
        } else if strcmp(characters, "GET") == 0 {
            self = .get
        } else {
            self.init(String(cString: characters))
        }
    }

    package static let delete = HTTPMethod("DELETE")
    package static let get = HTTPMethod("GET")
    package static let head = HTTPMethod("HEAD")
    package static let post = HTTPMethod("POST")
    package static let put = HTTPMethod("PUT")
}
