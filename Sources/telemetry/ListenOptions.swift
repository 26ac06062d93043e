internal import ArgumentParser
internal import Systemd
internal import TelemetryServer

/// What the server listens on in addition to TCP, or instead of it.
struct ListenOptions: ParsableArguments {
    /// Permission bits of a file, written in octal.
    struct Mode: ExpressibleByArgument, CustomStringConvertible {
        let bits: UInt32

        init(bits: UInt32) { self.bits = bits }

        init?(argument: String) {
            guard let bits = UInt32(argument, radix: 8), bits <= 0o777 else { return nil }
            self.bits = bits
        }

        var description: String {
            let digits = String(bits, radix: 8)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }

        var defaultValueDescription: String { description }
    }

    @Option(
        help: ArgumentHelp(
            "Unix socket to listen on as well.",
            discussion: "Its clients count as clients on this machine. The socket of a dead server is replaced.",
            valueName: "path"),
        completion: .file())
    var unixSocket: String?

    @Option(help: ArgumentHelp("Who may use the unix socket: its permissions, in octal.", valueName: "mode"))
    var socketMode = Mode(bits: 0o660)

    @Option(
        help: ArgumentHelp(
            "Second port to listen on; OpenTelemetry programs look for 4318 unless they are told otherwise.",
            valueName: "port"))
    var otlpPort: UInt16?

    @Flag(name: .customLong("no-tcp"), help: "Do not listen on --host and --port.")
    var isTCPOff = false

    /// What to listen on. Sockets that systemd passes replace `address`.
    ///
    /// If there is nothing to listen on, or a passed socket cannot be served, this ends the process.
    func configuration(_ address: AddressOptions) -> ListenConfiguration {
        var configuration = ListenConfiguration()
        configuration.host = isTCPOff ? nil : address.resolvedHost
        configuration.port = address.resolvedPort
        configuration.otlpPort = otlpPort
        configuration.unixSocket = unixSocket.map { .init(path: AbsolutePath.make($0), mode: socketMode.bits) }
        do {
            configuration.passedSockets = try PassedSockets.take().descriptors
        } catch let error as PassedSockets.WrongKind {
            ExitStatus.configuration.fail("\(error). The socket unit must have ListenStream= and Accept=no")
        } catch {
            ExitStatus.osError.fail("\(error)")
        }
        if isTCPOff, otlpPort != nil {
            ExitStatus.usage.fail("--otlp-port is a second TCP port, and --no-tcp wants none: leave out one of them")
        }
        if isTCPOff, configuration.unixSocket == nil, configuration.passedSockets.isEmpty {
            ExitStatus.usage.fail("--no-tcp leaves nothing to listen on: add --unix-socket PATH")
        }
        return configuration
    }
}
