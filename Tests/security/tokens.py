"""The tokens of the tests, one for each kind."""

READER = "reader-0123456789abcdef"
WRITER = "writer-0123456789abcdef"
ADMIN = "admin-0123456789abcdef"
