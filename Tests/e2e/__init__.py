"""The pytest suites, one a folder. `e2e.support` holds what several of them use."""
