import TelemetryClient

/// Records a reading of a weather station every two seconds, until Ctrl-C or for as many readings as are asked for:
///
///     swift run WeatherStation [READINGS]
///
/// PANOPTES_TELEMETRY_HOST, PANOPTES_TELEMETRY_PORT or PANOPTES_TELEMETRY_UNIX_SOCKET tell where the server is.
@main
struct WeatherStation {
    static func main() async throws {
        let client = TelemetryClient()
        let readings = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? .max

        for number in 1...max(1, readings) {
            if number > 1 { try await Task.sleep(for: .seconds(2)) }
            do throws(TelemetryClientError) {
                // A literal is JSON; a variable becomes JSON with JSONText(…), which is nil for NaN.
                let event = try await client.postEvent(
                    "weather", ["sky": "clear", "wind_mps": JSONText(readWind()) ?? .null], meta: ["station": "roof"])
                print("recorded as \(event.seq) at \(event.ts)")
            } catch {
                // A station outlives its server: say what is wrong, and go on with the next reading.
                print("not recorded: \(error)")
            }
        }

        if let latest = try? await client.getCurrent("weather") {
            print("the wind is \(latest.data["wind_mps"]?.double ?? .nan) m/s")
        }
    }

    /// Put your sensor here.
    static func readWind() -> Double {
        Double(Int.random(in: 0...120)) / 10
    }
}
