# shellcheck shell=bash disable=SC2154 # variables that other parts set
# A minute of fuzzing.

suite_fuzz() {
    PYTHON=$venv/bin/python scripts/fuzz --seconds 60
    result fuzzing
}
