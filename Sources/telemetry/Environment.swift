internal import Glibc

/// The environment variables that the reference knows; an empty one counts as unset.
enum Environment {
    static var host: String? { value("PANOPTES_TELEMETRY_HOST") }
    static var siteDirectory: String? { value("PANOPTES_TELEMETRY_SITE_DIR") }
    static var simulatedTime: String? { value("POCSTIME") }

    static var port: UInt16? {
        parsed("PANOPTES_TELEMETRY_PORT", as: "a port number from 0 to 65535") { UInt16($0) }
    }

    /// The value of a variable, converted by `parse`. An invalid value ends the process with
    /// ``ExitStatus/configuration``.
    static func parsed<Value>(_ name: String, as expected: String, _ parse: (String) -> Value?) -> Value? {
        guard let text = value(name) else { return nil }
        guard let value = parse(text) else {
            ExitStatus.configuration.fail("the environment variable \(name) is '\(text)'; it must be \(expected)")
        }
        return value
    }

    static func value(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
