// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// The crash model and the random nights run the recorder through millions of states. Optimized, and with its assertions, it
// takes a fifth of the time; scripts/test asks for that.
let simulated =
    strict
    + (Context.environment["TELEMETRY_FAST_TESTS"] == nil
        ? [] : [.unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))])

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

// How a release is linked, so that little of it has to be in memory; docs/performance.md tells how much.
let compactLink: [LinkerSetting] = [
    .unsafeFlags(
        [
            // lld comes with the compiler. gold, its default, can neither pack relocations nor order functions.
            "-use-ld=lld",
            // Which addresses the loader has to adjust is a bitmap of 8 kB. As a table it is 1 MB, read at every start.
            "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
            // With the static runtime all public functions would be exported. Nobody looks one up by its name.
            "-Xlinker", "--no-export-dynamic",
            // The kernel maps 64 kB around each page that is needed, so functions that run stand together. A name that
            // is not found does no harm: the list is of one compiler's static runtime (scripts/order-runtime).
            "-Xlinker", "--symbol-ordering-file=\(Context.packageDirectory)/packaging/runtime-functions.txt",
            "-Xlinker", "--no-warn-symbol-ordering",
            // All symbols are bound at the start; what was adjusted is read-only from then on.
            "-Xlinker", "-z", "-Xlinker", "now",
        ],
        .when(configuration: .release))
]

// Arrows point down only: a target depends on nothing listed below it here. See docs/architecture.md.
let package = Package(
    name: "telemetry-server",
    products: [
        .executable(name: "telemetry", targets: ["telemetry"]),
        .library(name: "TelemetryClient", targets: ["TelemetryClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // C doors, each opened by exactly one Swift room.
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CSystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CTimex"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstandard", providers: [.apt(["libzstd-dev"])]),
        .target(name: "CSpawn"),
        .target(name: "CTOML"),
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CTelemetryPage"),

        // Thin Swift rooms over C, and the pure values.
        .target(name: "MicroHTTPD", dependencies: ["CMicroHTTPD", "CZlib"], swiftSettings: strict),
        .target(name: "Systemd", dependencies: ["CSystemd", logging], swiftSettings: strict),
        .target(name: "TelemetryModel", swiftSettings: simulated),
        .target(
            name: "TelemetryCollection", dependencies: ["CTimex", "TelemetryModel"], swiftSettings: strict),
        .target(name: "TOML", dependencies: ["CTOML"], swiftSettings: simulated),
        .target(name: "Zstandard", dependencies: ["CZstandard"], swiftSettings: simulated),
        .target(name: "SimdJSON", dependencies: ["CSimdJSON", "TelemetryModel"], swiftSettings: simulated),
        .target(
            name: "TelemetryLimits", dependencies: ["SimdJSON", "TOML", "TelemetryModel"], swiftSettings: simulated),
        .target(name: "TelemetryOTLP", dependencies: ["SimdJSON", "TelemetryModel"], swiftSettings: strict),

        .target(
            name: "TelemetryStore", dependencies: ["SimdJSON", "TelemetryModel", logging], swiftSettings: simulated),
        .target(
            name: "TelemetryFiles",
            dependencies: ["SimdJSON", "TelemetryLimits", "TelemetryModel", "TelemetryStore", logging],
            swiftSettings: simulated),
        .target(
            name: "TelemetryIndex",
            dependencies: ["SimdJSON", "TelemetryModel", "TelemetryStore", "Zstandard", logging],
            swiftSettings: simulated),
        .target(name: "TelemetryClient", dependencies: ["CCurl", "TelemetryModel"], swiftSettings: strict),
        .target(name: "TelemetryPage", dependencies: ["CTelemetryPage"], exclude: ["Web"], swiftSettings: strict),
        .target(
            name: "TelemetryDelivery",
            dependencies: [
                "CSpawn", "SimdJSON", "TelemetryClient", "TelemetryLimits", "TelemetryModel", "TelemetryStore", logging,
            ],
            swiftSettings: strict),
        .target(
            name: "TelemetryServer",
            dependencies: [
                "MicroHTTPD", "SimdJSON", "Systemd", "TOML", "TelemetryDelivery", "TelemetryIndex", "TelemetryLimits",
                "TelemetryModel", "TelemetryOTLP", "TelemetryPage", "TelemetryStore", logging,
            ],
            resources: [.embedInCode("Resources/openapi.json")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "telemetry",
            dependencies: [
                "MicroHTTPD", "Systemd", "TelemetryClient", "TelemetryCollection", "TelemetryFiles", "TelemetryIndex",
                "TelemetryLimits", "TelemetryModel", "TelemetryServer", "TelemetryStore", argumentParser, logging,
            ],
            swiftSettings: strict,
            linkerSettings: compactLink
        ),

        // What tests of several rooms stand on: a simulated disk, threads, random numbers from a seed.
        .target(
            name: "TestSupport", dependencies: ["TelemetryModel", "TelemetryStore", logging], path: "Tests/TestSupport",
            swiftSettings: simulated),

        // What the server makes of OTLP requests, for tests in Python: Tests/e2e/otlp.
        .executableTarget(
            name: "otlp-transcoder", dependencies: ["SimdJSON", "TelemetryModel", "TelemetryOTLP"],
            path: "Tests/OTLPTranscoder", swiftSettings: strict),

        .testTarget(name: "MicroHTTPDTests", dependencies: ["MicroHTTPD", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SimdJSONTests", dependencies: ["SimdJSON", "TelemetryModel"], swiftSettings: strict),
        .testTarget(name: "SystemdTests", dependencies: ["Systemd", "TestSupport", logging], swiftSettings: strict),
        .testTarget(
            name: "TelemetryLimitsTests", dependencies: ["TOML", "TelemetryLimits", "TelemetryModel", "TestSupport"],
            swiftSettings: simulated),
        .testTarget(
            name: "TelemetryClientTests",
            dependencies: ["TelemetryClient", "TelemetryModel", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TelemetryCollectionTests", dependencies: ["TelemetryCollection", "TelemetryModel", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TelemetryModelTests", dependencies: ["TelemetryModel", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "TelemetryOTLPTests", dependencies: ["SimdJSON", "TelemetryModel", "TelemetryOTLP"],
            swiftSettings: strict),
        .testTarget(
            name: "TelemetryStoreTests",
            dependencies: ["SimdJSON", "TelemetryModel", "TelemetryStore", "TestSupport", logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TelemetryIndexTests",
            dependencies: [
                "SimdJSON", "TelemetryIndex", "TelemetryModel", "TelemetryStore", "TestSupport", "Zstandard", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "TelemetryPageTests", dependencies: ["TelemetryPage"], swiftSettings: strict),
        .testTarget(
            name: "TelemetryFilesTests",
            dependencies: [
                "SimdJSON", "TelemetryFiles", "TelemetryLimits", "TelemetryModel", "TelemetryStore", "TestSupport",
                logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TelemetryDeliveryTests",
            dependencies: [
                "TelemetryDelivery", "TelemetryLimits", "TelemetryModel", "TelemetryStore", "TestSupport", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TelemetryServerTests",
            dependencies: [
                "MicroHTTPD", "SimdJSON", "TelemetryIndex", "TelemetryLimits", "TelemetryModel", "TelemetryPage",
                "TelemetryServer",
                "TelemetryStore", "TestSupport", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TelemetryCommandTests", dependencies: ["telemetry", "TelemetryClient", "TelemetryModel"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c2x,
    cxxLanguageStandard: .cxx17
)

// scripts/fuzz builds the fuzzers, with libFuzzer and sanitizers; nobody else needs them.
if Context.environment["TELEMETRY_FUZZERS"] != nil {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/fuzz/CLibFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CLibFuzzer", "MicroHTTPD", "SimdJSON", "TelemetryFiles", "TelemetryModel", "TelemetryOTLP",
                "TelemetryServer", "TelemetryStore", logging,
            ],
            path: "Tests/fuzz/Fuzzers", swiftSettings: strict),
    ]
}
