"""Fixtures of the command line tests; they drive the binary that $TELEMETRY_BINARY names, as conformance does."""

import importlib.util
import sys
from pathlib import Path

_TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(_TESTS / "conformance"))

# A module of the name `conftest` is in use already: this one.
_spec = importlib.util.spec_from_file_location("conformance_fixtures", _TESTS / "conformance" / "conftest.py")
_conformance = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_conformance)

pytest_configure = _conformance.pytest_configure
make_server = _conformance.make_server
server = _conformance.server
