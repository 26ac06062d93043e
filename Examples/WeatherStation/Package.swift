// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "WeatherStation",
    dependencies: [
        // In a package of your own: .package(url: "https://…/telemetry-server", from: "0.1.0")
        .package(name: "telemetry-server", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "WeatherStation",
            dependencies: [.product(name: "TelemetryClient", package: "telemetry-server")]
        ),
        .executableTarget(
            name: "WeatherWatch",
            dependencies: [.product(name: "TelemetryClient", package: "telemetry-server")]
        ),
    ],
    swiftLanguageModes: [.v6]
)
