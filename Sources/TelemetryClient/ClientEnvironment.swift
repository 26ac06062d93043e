internal import Glibc

/// The environment variables with a client's defaults; an empty one counts as unset.
enum ClientEnvironment {
    static var host: String? { value("PANOPTES_TELEMETRY_HOST") }
    static var port: String? { value("PANOPTES_TELEMETRY_PORT") }
    static var unixSocket: String? { value("PANOPTES_TELEMETRY_UNIX_SOCKET").map(HomePath.expand) }
    static var token: String? { value("PANOPTES_TELEMETRY_TOKEN") }

    private static func value(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
