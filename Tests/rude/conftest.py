"""Fixtures of the tests with rude clients, which drive the binary that $TELEMETRY_BINARY names as the conformance tests do."""

import importlib.util
import sys
from pathlib import Path

_CONFORMANCE = Path(__file__).parent.parent / "conformance"
sys.path.insert(0, str(_CONFORMANCE))

# A module of the name `conftest` is in use already: this one.
_spec = importlib.util.spec_from_file_location("conformance_fixtures", _CONFORMANCE / "conftest.py")
_conformance = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_conformance)

pytest_configure = _conformance.pytest_configure
make_server = _conformance.make_server
