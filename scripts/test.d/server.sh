# shellcheck shell=bash disable=SC2154 # variables that other parts set
# A server for the suites that are no Python.

server=
port=

# start_server NAME [OPTION ...]: starts the binary on a free port, over an empty site directory of its own, $work/NAME, and
# waits until it listens.
start_server() {
    : >"$work/$1.log" # it is read below, maybe before the server has been started
    "$TELEMETRY_BINARY" run --host 127.0.0.1 --port 0 --site-dir "$work/$1" "${@:2}" 2>"$work/$1.log" &
    server=$!
    for _ in {1..600}; do
        port=$(sed -n 's/.*Listening on http:\/\/127\.0\.0\.1:\([0-9]*\).*/\1/p' "$work/$1.log")
        if [[ -n $port ]]; then return; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/$1.log" >&2
    fail "the server did not start to listen"
}

stop_server() {
    local pid=$server
    server=
    kill -TERM "$pid"
    wait "$pid" || fail "the server ended with status $? after SIGTERM"
}

# One that a suite has left behind when it failed.
stop_stray_server() { if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; fi; }
