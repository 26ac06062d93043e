# shellcheck shell=bash disable=SC2154 # variables that other parts set
# The code as the linters want it.

suite_lint() {
    local shell_scripts
    swift format lint --strict --recursive Sources Tests Examples Package.swift
    if grep -rl --include='*.swift' 'import XCTest' Tests; then fail "these would not run: use Swift Testing"; fi
    if grep -rnE '^(<<<<<<<|>>>>>>>) ' Sources Tests docs packaging scripts ./*.md; then fail "a merge was not finished here"; fi
    mapfile -t shell_scripts < <(grep --files-with-matches --directories=skip '^#!/bin/bash' scripts/*)
    shellcheck --external-sources "${shell_scripts[@]}" scripts/test.d/*.sh .ci/run \
        packaging/debian/tests/records packaging/debian/*.postrm
    local python=(Tests scripts/soak)
    "$venv/bin/ruff" check --no-cache --config Tests/e2e/ruff.toml "${python[@]}"
    "$venv/bin/ruff" format --check --no-cache --config Tests/e2e/ruff.toml "${python[@]}"
    result lint
}
