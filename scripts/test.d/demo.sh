# shellcheck shell=bash disable=SC2154 # variables that other parts set
# scripts/demo against a server.

suite_demo() {
    start_server demo
    PANOPTES_TELEMETRY_HOST=127.0.0.1 PANOPTES_TELEMETRY_PORT=$port scripts/demo --once
    stop_server
    # A reading outside and one inside of the run, both in the site stream, and what the run itself has.
    jq --slurp --exit-status '
        (map(select(.stream == "site")) | map(.type) | unique) as $hosts
        | (map(select(.type | startswith("host.")))) as $readings
        | ($hosts | length == 1 and (.[0] | startswith("host.")))
          and ($readings | length == 2 and map(has("during")) == [false, true])
          and all($readings[].data; .load.load1 >= 0 and .memory.used_percent <= 100 and .uptime_seconds > 0
                  and .requests_sec >= 0 and .active_backends >= 1)
          and all($readings[].data.disks[]; .total_bytes >= .available_bytes and .attributes.mount != null)
          and (map(select(.stream == "run")) | map(.type)) == ["exposure"]
    ' "$work"/demo/site_*.ndjson "$work"/demo/*/telemetry.ndjson
    jq --exit-status '.meta.observer == "demo" and .stopped_at != null' "$work"/demo/*/run.json
    result demo
}
