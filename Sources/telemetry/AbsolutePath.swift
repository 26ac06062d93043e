internal import Glibc

/// Makes paths of the command line independent of the working directory.
enum AbsolutePath {
    /// The absolute path, resolved against the working directory, without a trailing slash.
    static func make(_ path: String) -> String {
        var components = path.split(separator: "/").filter { $0 != "." }
        if !path.hasPrefix("/") {
            guard let directory = getcwd(nil, 0) else {
                ExitStatus.osError.fail("the working directory is gone: \(String(cString: strerror(errno)))")
            }
            defer { free(directory) }
            components = String(cString: directory).split(separator: "/").map { Substring(String($0)) } + components
        }
        return "/" + components.joined(separator: "/")
    }
}
