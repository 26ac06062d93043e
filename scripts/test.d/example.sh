# shellcheck shell=bash disable=SC2154 # variables that other parts set
# Examples/WeatherStation as a user builds and runs it.

suite_example() {
    swift build --package-path Examples/WeatherStation --scratch-path .build/examples/WeatherStation
    start_server example
    PANOPTES_TELEMETRY_HOST=127.0.0.1 PANOPTES_TELEMETRY_PORT=$port \
        .build/examples/WeatherStation/debug/WeatherStation 1 | tee "$work/example.out"
    stop_server
    if ! grep --quiet '^recorded as 1 at ' "$work/example.out" || ! grep --quiet '^the wind is ' "$work/example.out"; then
        fail "the example did not record what it should"
    fi
    jq --exit-status '.type == "weather" and .meta.station == "roof"' "$work"/example/site_*.ndjson
    result example
}
