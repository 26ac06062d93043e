# shellcheck shell=bash disable=SC2154 # variables that other parts set
# The release binary: built, and what it promises of itself.

suite_build() { scripts/build; }

suite_binary() {
    local size libraries resident
    size=$(stat --dereference --format %s "$TELEMETRY_BINARY")
    libraries=$(ldd "$TELEMETRY_BINARY")
    printf '%d bytes\n%s\n' "$size" "$libraries"
    [[ $size -lt 20000000 ]] || fail "the binary has $size bytes; 20 MB are the limit"
    if grep -E 'libswift|lib_?Foundation|libicu|libcurl|not found' <<<"$libraries"; then
        fail "the binary must not need these"
    fi

    # An idle server, that has answered each kind of question once.
    start_server plain --no-history
    measure_resident 16
    local plain=$resident
    start_server idle
    measure_resident 20
    result "binary of $((size / 1000)) kB, $resident kB resident, $plain kB without history"
}

# measure_resident MB: how much memory the server has in $resident, which must be less than that; ends the server.
measure_resident() {
    local event='{"type":"weather","data":{"wind_mps":4.2,"sky":"clear"}}'
    curl --silent --show-error --fail --noproxy '*' "http://127.0.0.1:$port/health"
    curl --silent --show-error --fail --noproxy '*' --json "$event" "http://127.0.0.1:$port/event"
    echo
    resident=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$server/status")
    stop_server
    printf '%d kB resident\n' "$resident"
    [[ $((resident * 1024)) -lt $(($1 * 1000000)) ]] || fail "the idle server has $resident kB resident; $1 MB are the limit"
}
