internal import Glibc

/// Paths of the command line, made independent of the working directory.
enum AbsolutePath {
    /// The path below the working directory unless it is absolute, without a slash at its end.
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
