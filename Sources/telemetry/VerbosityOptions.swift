internal import ArgumentParser
internal import Logging
internal import TelemetryClient

/// How much is logged.
struct VerbosityOptions: ParsableArguments {
    @Flag(help: "Log one line for each event. (environment: PANOPTES_TELEMETRY_VERBOSE=1)")
    var verbose = false

    @Option(
        help: ArgumentHelp(
            "File of NAME=VALUE lines that is read again on SIGHUP, for PANOPTES_TELEMETRY_VERBOSE.",
            discussion: "If it can be read, the variable counts as it stands there, whatever the environment has.",
            valueName: "file"),
        completion: .file())
    var environmentFile: String?

    /// The level by the options and the present content of the file.
    var level: Logger.Level {
        if verbose { return .debug }
        let file = environmentFile.map(HomePath.expand).flatMap(EnvironmentFile.init(path:))
        let value = file.map { $0[Environment.verboseName] } ?? Environment.value(Environment.verboseName)
        return Self.isOn(value ?? "") ? .debug : .info
    }

    private static func isOn(_ value: String) -> Bool {
        !["", "0", "false", "no", "off"].contains(value.lowercased())
    }
}

extension Environment {
    fileprivate static let verboseName = "PANOPTES_TELEMETRY_VERBOSE"
}
