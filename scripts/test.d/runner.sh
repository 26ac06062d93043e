# shellcheck shell=bash disable=SC2154,SC2034 # variables that other parts set and use
# Runs suites one after another or side by side. Each writes to a log, and leaves a line for the end in $work/NAME.result.
#
# A suite is the function suite_NAME where there is one, and Tests/e2e/NAME otherwise. It runs in a shell of its own, which
# ends at the first command that fails.

declare -A job_of=() name_of=() begin_of=() # of the suites that run side by side: process, suite, time

default_jobs() {
    local processors
    processors=$(nproc)
    printf '%d\n' $((processors < 4 ? processors : 4))
}

# result TEXT: what the closing line tells of the suite that runs.
result() { printf '%s' "$*" >"$work/$suite.result"; }

# The results of all suites that have run, in their order.
results() {
    local name text=
    while read -r name; do
        if [[ -s $work/$name.result ]]; then text+="${text:+; }$(<"$work/$name.result")"; fi
    done < <(suite_names)
    printf '%s' "$text"
}

# run_suite NAME: what is run in a shell of its own.
run_suite() {
    suite=$1
    trap stop_stray_server EXIT
    if declare -F "suite_$suite" >/dev/null; then "suite_$suite"; else run_pytest "$suite"; fi
}

# run_alone NAME: its output is shown as it comes.
run_alone() {
    local status
    step "$1: $(reason_of "$1")"
    # Not as part of a condition: there no failure would end the suite.
    set +e
    (set -e; run_suite "$1") 2>&1 | tee "$logs/$1.log"
    status=${PIPESTATUS[0]}
    set -e
    [[ $status -eq 0 ]] || exit 1
}

# start_beside NAME: in the background, in a process group of its own that end_jobs can end.
start_beside() {
    set -m
    (set -e; run_suite "$1") >"$logs/$1.log" 2>&1 </dev/null &
    set +m
    job_of[$1]=$! name_of[$!]=$1 begin_of[$1]=$SECONDS
}

# await_one: waits until one that runs in the background has ended, and shows how. Fails if it has failed.
await_one() {
    local pid status=0 name
    wait -n -p pid "${job_of[@]}" || status=$?
    name=${name_of[$pid]}
    unset "job_of[$name]"
    printf '\n-- %s: %s, after %d s\n' "$name" "$(ending "$status")" $((SECONDS - begin_of[$name]))
    if [[ $status -ne 0 ]]; then
        cat "$logs/$name.log"
        failed+=("$name")
        return
    fi
    # The runners' own closing lines.
    tail -n 10 "$logs/$name.log" | grep -E ' passed|nothing found' || true
}

ending() { if [[ $1 -eq 0 ]]; then printf 'passed'; else printf 'FAILED with status %d' "$1"; fi; }

# run_beside JOBS NAME ...: so many at a time. When one fails no other is begun, and those that run are waited for.
run_beside() {
    local jobs=$1 name
    local failed=()
    shift
    step "side by side, $jobs at a time: $*"
    for name in "$@"; do printf '%-12s %s\n' "$name" "$(reason_of "$name")"; done
    for name in "$@"; do
        while [[ ${#job_of[@]} -ge $jobs ]]; do await_one; done
        [[ ${#failed[@]} -eq 0 ]] || break
        start_beside "$name"
    done
    while [[ ${#job_of[@]} -gt 0 ]]; do await_one; done
    if [[ ${#failed[@]} -gt 0 ]]; then
        step=${failed[*]}
        exit 1
    fi
}

end_jobs() {
    local pid
    for pid in "${job_of[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
    for pid in "${job_of[@]}"; do wait "$pid" || true; done
}

# run_all JOBS: those that may have company together, the others one after another, in the order of the list.
run_all() {
    local jobs=$1 name company group=()
    # What is tested is built from this checkout.
    export TELEMETRY_BINARY=$PWD/.build/release/telemetry
    install_python_packages
    while read -r name company _; do
        if [[ $company == beside ]]; then
            group+=("$name")
            continue
        fi
        if [[ ${#group[@]} -gt 0 ]]; then run_beside "$jobs" "${group[@]}"; fi
        group=()
        run_alone "$name" </dev/null
    done < <(suites)
    if [[ ${#group[@]} -gt 0 ]]; then run_beside "$jobs" "${group[@]}"; fi
    printf '\nscripts/test: passed: %s; in %d s\n' "$(results)" "$SECONDS"
}

# run_one NAME: with what it needs.
run_one() {
    case "$1" in build | swift | binary | example | demo) ;; *) install_python_packages ;; esac
    if [[ -n ${TELEMETRY_BINARY-} ]]; then
        TELEMETRY_BINARY=$(realpath -- "$TELEMETRY_BINARY")
        [[ -x $TELEMETRY_BINARY ]] || fail "scripts/test: TELEMETRY_BINARY is '$TELEMETRY_BINARY', where there is no program"
        printf 'testing %s\n' "$TELEMETRY_BINARY"
    else
        TELEMETRY_BINARY=$PWD/.build/release/telemetry
        case "$1" in build | lint | fuzz) ;; *) run_alone build ;; esac
    fi
    export TELEMETRY_BINARY
    run_alone "$1"
    printf '\nscripts/test: passed: %s; and nothing else was run; in %d s\n' "$(results)" "$SECONDS"
}
