internal import Glibc

/// `~` at the beginning of a path, which a shell leaves alone behind `=`, and systemd in a variable.
package enum HomePath {
    /// A path with the home directory in the place of `~` or `~user`, as `os.path.expanduser` of Python does it: `~` is
    /// `$HOME`, or else the directory of the user's account. A path of a user who does not exist stays as it is.
    package static func expand(_ path: String) -> String {
        guard path.utf8.first == UInt8(ascii: "~") else { return path }
        let head = path.utf8.prefix { $0 != UInt8(ascii: "/") }
        let rest = String(Substring(path.utf8.dropFirst(head.count)))
        guard var home = directory(of: String(Substring(head.dropFirst())))?.utf8[...] else { return path }
        while home.last == UInt8(ascii: "/") { home.removeLast() }
        let expanded = String(Substring(home)) + rest
        return expanded.isEmpty ? "/" : expanded
    }

    /// The home directory of a user, or with the empty name of the one who runs this; nil when there is no such user.
    private static func directory(of user: String) -> String? {
        if user.isEmpty, let home = getenv("HOME") { return String(cString: home) }
        var account = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 16) { memory in
            guard let text = memory.baseAddress else { return nil }
            let status =
                user.isEmpty
                ? getpwuid_r(getuid(), &account, text, memory.count, &found)
                : getpwnam_r(user, &account, text, memory.count, &found)
            guard status == 0, let home = found?.pointee.pw_dir else { return nil }
            return String(cString: home)
        }
    }
}
