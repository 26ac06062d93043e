"""What this machine or this user does not permit."""

import os
from typing import NoReturn

import pytest


def not_permitted(error: PermissionError) -> NoReturn:
    """Ends a test that cannot be made: a user who is not root skips it and reads why, root has to be able to."""
    if os.geteuid() == 0:
        pytest.fail(f"as root nothing is left out: {error}")
    pytest.skip(str(error))
