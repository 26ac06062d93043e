internal import ArgumentParser

/// Where a server listens. A flag beats the environment variable, which beats the default.
struct AddressOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Host name or IP address. (environment: PANOPTES_TELEMETRY_HOST; default: localhost)",
            discussion: "localhost means both 127.0.0.1 and ::1."))
    var host: String?

    @Option(help: "Port number. (environment: PANOPTES_TELEMETRY_PORT; default: 6562)")
    var port: UInt16?

    var resolvedHost: String { host ?? Environment.host ?? "localhost" }
    var resolvedPort: UInt16 { port ?? Environment.port ?? 6562 }
}
