internal import Glibc
internal import TelemetryClient

/// Makes paths of the command line and the environment independent of the working directory.
enum AbsolutePath {
    /// The absolute path, with `~` expanded and resolved against the working directory, without a trailing slash.
    static func make(_ path: String) -> String {
        let path = HomePath.expand(path)
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
