import Foundation
import TelemetryClient

/// Shows what weather stations record, until Ctrl-C or for as many events as are asked for. It keeps its place in a file, and
/// goes on there the next time, so that it shows each event once:
///
///     swift run WeatherWatch weather.cursor [EVENTS]
///
/// PANOPTES_TELEMETRY_HOST, PANOPTES_TELEMETRY_PORT or PANOPTES_TELEMETRY_UNIX_SOCKET tell where the server is.
@main
struct WeatherWatch {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let file = URL(filePath: arguments.count > 1 ? arguments[1] : "weather.cursor")
        var wanted = arguments.count > 2 ? Int(arguments[2]) ?? .max : .max
        let kept = try? JSONDecoder().decode(TelemetryCursor.self, from: Data(contentsOf: file))

        // The first time it begins with what there is already.
        for try await update in TelemetryClient().follow("weather*", after: kept, replay: 10) {
            switch update {
            case .event(let record):
                print("\(record.event.ts) \(record.event.type) \(record.event.data)")
                wanted -= 1
            case .disconnected(let error):
                print("waiting for the server: \(error)")
            default:
                break
            }
            // Kept once it was shown: a program that dies in between shows it again, and leaves nothing out.
            if let cursor = update.cursor { try JSONEncoder().encode(cursor).write(to: file, options: .atomic) }
            if wanted <= 0 { break }
        }
    }
}
