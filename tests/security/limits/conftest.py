"""A running Stile with nginx's default limits. Each test sends from its own addresses in 127.0.0.0/8."""
import itertools
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'support'))
from stack import Stack  # noqa: E402

addresses = (f'127.{first}.{second}.1' for first in itertools.count(10) for second in range(200))


@pytest.fixture
def address():
    return next(addresses)


@pytest.fixture
def another_address():
    return next(addresses)


@pytest.fixture(scope='session')
def limited():
    with Stack(trusted=['127.2.0.0/16']) as stack:
        yield stack
