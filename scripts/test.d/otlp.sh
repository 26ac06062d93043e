# shellcheck shell=bash
# What OpenTelemetry's SDKs export.

suite_otlp() {
    # A program of the tests' own, which shows what the server makes of requests.
    local options=(--configuration release --static-swift-stdlib --product otlp-transcoder)
    swift build "${options[@]}"
    TELEMETRY_OTLP_TRANSCODER=$(swift build "${options[@]}" --show-bin-path)/otlp-transcoder
    export TELEMETRY_OTLP_TRANSCODER
    run_pytest otlp
}
