# shellcheck shell=bash disable=SC2154 # variables that other parts set
# The suites of Tests/e2e.

# run_pytest NAME: runs Tests/e2e/NAME.
run_pytest() {
    # Reads of freed memory show themselves where no suite measures memory: overwriting makes resident what is not used.
    case $1 in conformance | history | json | openapi) local -x TELEMETRY_PERTURB=1 ;; esac
    # A shell starts what runs in the background with SIGINT ignored, nohup with SIGHUP; what is tested would inherit that.
    env --default-signal "$venv/bin/python" -m pytest -p no:cacheprovider "Tests/e2e/$1" | tee "$work/$1.pytest"
    result "$1: $(tail -n 1 "$work/$1.pytest" | sed 's/^=* *//; s/ in .*//')"
}
