internal import Glibc

/// A request method.
package struct HTTPMethod: Sendable, Hashable {
    package let name: String

    package init(_ name: String) {
        self.name = name
    }

    /// The method that stands in a request line. Those that are known cost no text of their own.
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
