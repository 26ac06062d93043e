# shellcheck shell=bash disable=SC2154 # variables that other parts set
# What all suites run in, and what is taken away at the end.

venv=$PWD/.build/e2e-venv
logs=$PWD/.build/test-logs
work=
step=start

step() {
    step=$*
    printf '\n== %s\n' "$step"
}

set_up() {
    SECONDS=0
    work=$(mktemp -d)
    trap finish EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # What the caller's shell sets for a server of its own must not reach the ones under test, nor what it sets for pytest.
    unset "${!PANOPTES_TELEMETRY_@}" POCSTIME PYTEST_ADDOPTS PYTEST_PLUGINS
    umask 022
    # A site day ends at local noon, and with it what a test counts. Here noon was within the last hour.
    TZ=GATE$(($(date --utc +%-H) - 12))
    export TZ
    step "installing what is missing"
    scripts/install-dependencies --tests
    rm -rf "$logs"
    mkdir -p "$logs"
}

finish() {
    local status=$?
    end_jobs
    rm -rf "$work"
    if [[ $status -ne 0 ]]; then printf '\nscripts/test: FAILED: %s (after %d s)\n' "$step" "$SECONDS"; fi
}

# What the suites import and ruff, for Debian's own python3, which scripts/install-dependencies has seen to, whatever
# else is on PATH.
install_python_packages() {
    step "installing the Python packages of the suites"
    local pip=("$venv/bin/python" -m pip --disable-pip-version-check install --quiet)
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || /usr/bin/python3 -m venv --clear "$venv"
    "${pip[@]}" --requirement Tests/e2e/requirements.txt
    # The client says it wants a newer Python than Debian 12 has, and much that these tests do not use.
    "${pip[@]}" --no-deps --ignore-requires-python --requirement Tests/e2e/requirements-nodeps.txt
}
