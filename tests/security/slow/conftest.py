"""A running Stile for slow and broken clients: nginx's default limits, but none for 127.0.0.1."""
import pathlib
import resource
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'support'))
from stack import Stack  # noqa: E402


@pytest.fixture(scope='session')
def stack():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection each
    with Stack(trusted=['127.0.0.1'], STILE_CLIENT_TRIES=1000000) as stack:
        yield stack
