/// Which site directory a command means.
enum SiteDirectory {
    /// The absolute path of `flag`, else of what the environment names, else of `telemetry` in the working directory.
    static func resolve(_ flag: String?) -> String {
        AbsolutePath.make(flag ?? Environment.siteDirectory ?? "telemetry")
    }
}
