# shellcheck shell=bash disable=SC2154 # variables that other parts set
# The Swift tests.

# The tests are all Swift Testing's; without the option SwiftPM also reports that XCTest ran 0 tests.
# What simulates crashes and nights is built optimized: see Package.swift.
swift_test() {
    TELEMETRY_FAST_TESTS=1 swift test --disable-xctest "$@" 2>&1 | tee "$work/swift.log"
    swift_tests=$(sed -n 's/.*Test run with \([0-9]*\) test.* passed.*/\1/p' "$work/swift.log" | tail -n 1)
    [[ ${swift_tests:-0} -gt 0 ]] || fail "no Swift test ran"
}

suite_swift() {
    swift_test
    result "$swift_tests Swift tests"
}

# run_filtered REGEX: nothing but the tests that match, which drive the server of the same build.
run_filtered() {
    step "Swift tests that match $1"
    swift_test --filter "$1"
    printf '\nscripts/test: passed: %d Swift tests that match %s, and nothing else was run\n' "$swift_tests" "$1"
}
