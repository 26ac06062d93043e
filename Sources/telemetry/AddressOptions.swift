internal import ArgumentParser
internal import TelemetryClient

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

/// The options of the commands that talk to a running server.
struct ClientOptions: ParsableArguments {
    @OptionGroup var address: AddressOptions

    @Option(help: "How long to wait for the server, in seconds.")
    var timeout: Double = 5

    func validate() throws {
        guard timeout > 0 else { throw ValidationError("--timeout must be more than 0 seconds") }
    }

    /// Makes a request and prints its answer; ends the process when there is none, or a refusal.
    func printAnswer(_ request: (TelemetryClient) throws(TelemetryClientError) -> String) {
        let client = TelemetryClient(host: address.resolvedHost, port: address.resolvedPort, timeout: timeout)
        do throws(TelemetryClientError) {
            print(try request(client))
        } catch {
            switch error {
            case .refused: ExitStatus.refused.fail("\(error)")
            case .unreachable:
                ExitStatus.unavailable.fail(
                    "\(error). Start one with 'telemetry run', or name another with --host and --port")
            case .timedOut: ExitStatus.unavailable.fail("\(error). Wait longer with --timeout")
            case .noLibrary: ExitStatus.unavailable.fail("\(error)")
            }
        }
    }
}
