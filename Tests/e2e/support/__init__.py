"""What several suites use: servers to start, what they wrote, faults to give them, and places that are scarce."""
