internal import ArgumentParser
internal import TelemetryClient
internal import TelemetryModel

/// The options of the commands that talk to a running server.
struct ClientOptions: ParsableArguments {
    @OptionGroup var address: AddressOptions

    @Option(
        help: ArgumentHelp(
            "Unix socket of the server, in place of --host and --port. (environment: PANOPTES_TELEMETRY_UNIX_SOCKET)",
            valueName: "path"),
        completion: .file())
    var unixSocket: String?

    @Option(
        help: ArgumentHelp(
            "Base URL of the server, such as https://dome.example:6562, in place of --host and --port.",
            discussion: "A server that asks for a secret gets that in the environment: PANOPTES_TELEMETRY_TOKEN."))
    var url: String?

    @Option(
        help: ArgumentHelp("Certificates to trust with https, in PEM. (default: the system's)", valueName: "file"),
        completion: .file())
    var caFile: String?

    @Option(help: ArgumentHelp("How long to wait for an answer, in seconds.", valueName: "seconds"))
    var timeout: Double = 5

    @Flag(help: "Print the server's answer as JSON.")
    var json = false

    func validate() throws {
        guard timeout > 0, timeout <= 1_000_000 else {
            throw ValidationError("--timeout must be more than 0 and at most 1,000,000 seconds")
        }
        let places = [address.host ?? address.port.map(String.init), unixSocket, url].filter { $0 != nil }
        guard places.count <= 1 else {
            throw ValidationError("Name the server by --host and --port, by --unix-socket or by --url: one of these")
        }
        guard url == nil || url?.hasPrefix("http://") == true || url?.hasPrefix("https://") == true else {
            throw ValidationError("--url must begin with http:// or https://")
        }
    }

    /// A client of the server that the options and the environment name.
    var client: TelemetryClient {
        // Reading an invalid port from the environment ends the process, so do not read it if it is not needed.
        let port = unixSocket == nil && url == nil ? address.port ?? Environment.port : nil
        let isFromEnvironment = address.host == nil && address.port == nil
        return TelemetryClient(
            host: address.host, port: isFromEnvironment ? nil : port, baseURL: url,
            unixSocket: unixSocket.map(HomePath.expand), caFile: caFile.map(HomePath.expand), timeout: .seconds(timeout)
        )
    }

    /// Makes a request and waits for its answer. A failure or a refusal ends the process.
    func answer<Answer: Sendable>(
        _ request: @escaping @Sendable (TelemetryClient) async throws(TelemetryClientError) -> Answer
    ) -> Answer {
        let client = client
        let result = Waiting.result { () async throws(TelemetryClientError) in try await request(client) }
        do throws(TelemetryClientError) {
            return try result.get()
        } catch {
            Self.fail(error)
        }
    }

    /// Prints an answer: as text, or with `--json` as the server's JSON.
    func print(_ answer: JSONText, _ text: String) {
        if json {
            Output.print(answer)
        } else {
            for line in text.split(separator: "\n") { Output.print(String(line).terminalSafe) }
        }
    }

    /// Prints an answer: as text, or with `--json` as the server's JSON.
    func print(_ answer: TelemetryRun, _ text: String) {
        print(answer.json, text)
    }

    /// Prints what a server found that is not as it should be, a line each; with `--json` it is in the answer.
    func print(notices: [String]) {
        if json { return }
        for notice in notices { Output.print("notice: \(notice)".terminalSafe) }
    }

    /// Prints to standard error what went wrong and what to do about it, and ends the process.
    ///
    /// - Parameter summary: what succeeded before.
    static func fail(_ error: TelemetryClientError, after summary: String? = nil) -> Never {
        let message = "\(error)\(summary.map { ". \($0)" } ?? "")".terminalSafe
        switch error {
        case .refused:
            ExitStatus.refused.fail(message)
        case .unreachable:
            ExitStatus.unavailable.fail(
                "\(message). Start one with 'telemetry run', or name another with --host and --port, --unix-socket or --url"
            )
        case .timedOut:
            ExitStatus.unavailable.fail("\(message). Wait longer with --timeout")
        case .interrupted:
            ExitStatus.unavailable.fail("\(message). Nobody knows whether the server did what was asked")
        case .malformedAnswer, .answerTooLong, .noLibrary, .cancelled:
            ExitStatus.unavailable.fail(message)
        }
    }
}
