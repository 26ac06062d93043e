# shellcheck shell=bash disable=SC2154 # variables that other parts set
# scripts/demo against a server.

suite_demo() {
    start_server demo
    PANOPTES_TELEMETRY_HOST=127.0.0.1 PANOPTES_TELEMETRY_PORT=$port scripts/demo --once
    stop_server
    # Every kind of reading is recorded once outside and once inside of the run, with numbers for values.
    jq --slurp --exit-status '
        (map(select(.stream == "site")) | map(.type)) as $outside | (map(select(.stream == "run")) | map(.type)) as $inside
        | $outside == $inside
          and (["load", "memory", "disk", "uptime"] - $outside == [])
          and all(.[]; .data | length > 0 and all(.[]; type == "number"))
          and all(.[] | select(.type == "memory" or .type == "disk") | .data;
                  .total_bytes >= .available_bytes and .used_percent >= 0 and .used_percent <= 100)
    ' "$work"/demo/site_*.ndjson "$work"/demo/*/telemetry.ndjson
    jq --exit-status '.meta.observer == "demo" and .stopped_at != null' "$work"/demo/*/run.json
    result demo
}
