# shellcheck shell=bash disable=SC2154 # variables that other parts set
# Examples/WeatherStation as a user builds and runs it.

suite_example() {
    swift build --package-path Examples/WeatherStation --scratch-path .build/examples/WeatherStation
    start_server example
    PANOPTES_TELEMETRY_HOST=127.0.0.1 PANOPTES_TELEMETRY_PORT=$port \
        .build/examples/WeatherStation/debug/WeatherStation 1 | tee "$work/example.out"
    # The second time it goes on where it was.
    for _ in 1 2; do
        PANOPTES_TELEMETRY_HOST=127.0.0.1 PANOPTES_TELEMETRY_PORT=$port \
            .build/examples/WeatherStation/debug/WeatherWatch "$work/weather.cursor" 1 | tee -a "$work/watch.out"
        PANOPTES_TELEMETRY_HOST=127.0.0.1 PANOPTES_TELEMETRY_PORT=$port \
            .build/examples/WeatherStation/debug/WeatherStation 1
    done
    stop_server
    if [[ $(sort "$work/watch.out" | uniq | grep --count ' weather {"sky":"clear",') -ne 2 ]]; then
        fail "the example did not show each event once"
    fi
    if ! grep --quiet '^recorded as 1 at ' "$work/example.out" || ! grep --quiet '^the wind is ' "$work/example.out"; then
        fail "the example did not record what it should"
    fi
    jq --exit-status --slurp 'length == 3 and (.[0] | .type == "weather" and .meta.station == "roof")' "$work"/example/site_*.ndjson
    result example
}
