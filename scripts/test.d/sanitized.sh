# shellcheck shell=bash disable=SC2154 # variables that other parts set
# The tests in a build with a sanitizer. What it reports fails them, by the exit status.

# run_sanitized thread|address
run_sanitized() {
    local scratch=$PWD/.build-$1
    # Optimized, as what is shipped is, and ten times as fast. gold cannot link the sanitizers' sections; lld comes with Swift.
    local options=(--configuration release "--sanitize=$1" --scratch-path "$scratch" -Xswiftc -enable-testing
        -Xswiftc -Xclang-linker -Xswiftc -fuse-ld=lld)
    step "building with --sanitize=$1"
    swift build --build-tests "${options[@]}"

    # The sanitizer reports crashes itself. What lives as long as the process is no leak.
    export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
    export TSAN_OPTIONS=suppressions=$PWD/Tests/sanitize/thread.suppressions
    local preloaded=
    if [[ $1 == thread ]]; then
        preloaded=$scratch/mutex.so
        "$(dirname "$(readlink --canonicalize "$(command -v swift)")")/clang" \
            -Wall -Wextra -Werror -O1 -shared -fPIC -o "$preloaded" Tests/sanitize/mutex.c
    fi

    # The tests start the server as well.
    printf '#!/bin/sh\nLD_PRELOAD=%s exec "%s" "$@"\n' "$preloaded" "$scratch/release/telemetry" >"$work/telemetry"
    chmod +x "$work/telemetry"
    export TELEMETRY_BINARY=$work/telemetry

    step "Swift tests with --sanitize=$1"
    # What plays thousands of crashes and nights does so in one thread each, where there is no race to find, and would take
    # half of the time.
    local skipped=()
    if [[ $1 == thread ]]; then
        skipped=(--skip 'CrashModelTests/|FaultInjectionTests/|VerificationNightsTests/|IndexFaultTests/powerCuts')
    fi
    # One after the other: the slow ones would starve those that wait for a server's or a client's patience to end.
    LD_PRELOAD=$preloaded swift_test --skip-build --no-parallel "${skipped[@]}" "${options[@]}"

    install_python_packages
    local suite
    for suite in conformance json; do run_alone "$suite"; done
    printf '\nscripts/test: passed with --sanitize=%s: %d Swift tests; %s; in %d s\n' \
        "$1" "$swift_tests" "$(results)" "$SECONDS"
}
