# shellcheck shell=bash disable=SC2154 # variables that other parts set
# The release binary: built, and what it promises of itself.

suite_build() { scripts/build; }

suite_binary() {
    local size libraries resident
    size=$(stat --dereference --format %s "$TELEMETRY_BINARY")
    libraries=$(ldd "$TELEMETRY_BINARY")
    printf '%d bytes\n%s\n' "$size" "$libraries"
    [[ $size -lt 22000000 ]] || fail "the binary has $size bytes; 22 MB are the limit"
    if grep -E 'libswift|lib_?Foundation|libicu|libcurl|not found' <<<"$libraries"; then
        fail "the binary must not need these"
    fi

    # An idle server, that has answered each kind of question once.
    start_server plain --no-history
    measure_resident 16
    local plain=$resident
    start_server idle
    measure_resident 20
    start_server page
    measure_page
    stop_server
    result "binary of $((size / 1000)) kB, $resident kB resident, $plain kB without history, page of $page_plain bytes, $page_sent as sent"
}

# How long the page and all that it loads are, in bytes: in $page_plain, and as they are sent in $page_sent. Each file of the page
# is asked for once in either form, as a browser and as one that takes nothing compressed would.
measure_page() {
    local url=http://127.0.0.1:$port directory file plain sent
    directory=$(curl --silent --show-error --fail --noproxy '*' "$url/" | grep --only-matching --max-count=1 'page/[0-9a-f]*' | head -n 1)
    page_plain=0 page_sent=0
    while read -r file; do
        plain=$(page_size "$url/$file")
        sent=$(page_size --header 'Accept-Encoding: gzip' "$url/$file")
        page_plain=$((page_plain + plain)) page_sent=$((page_sent + sent))
    done < <(
        echo
        find Sources/TelemetryPage/Web -type f ! -name index.html -printf "$directory/%P\n"
    )
    printf 'page: %d bytes, %d as sent\n' "$page_plain" "$page_sent"
    [[ $page_plain -lt 300000 ]] || fail "the page has $page_plain bytes; 300 kB are the limit"
    [[ $page_sent -lt 100000 ]] || fail "the page has $page_sent bytes as sent; 100 kB are the limit"
}

page_size() { curl --silent --show-error --fail --noproxy '*' --output /dev/null --write-out '%{size_download}' "$@"; }

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
