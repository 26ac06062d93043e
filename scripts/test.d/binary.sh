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

    start_server idle
    curl --silent --show-error --fail --noproxy '*' "http://127.0.0.1:$port/health"
    echo
    resident=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$server/status")
    stop_server
    printf '%d kB resident\n' "$resident"
    [[ $((resident * 1024)) -lt 16000000 ]] || fail "the idle server has $resident kB resident; 16 MB are the limit"
    result "binary of $((size / 1000)) kB, $resident kB resident"
}
