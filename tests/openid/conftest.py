"""One provider, one relying party's web server and one user with a Chromium for all modules."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from callback import make_certificate  # noqa: E402
from chromium import Browser  # noqa: E402
from listener import Listener  # noqa: E402
from person import Person  # noqa: E402
from provider import Provider  # noqa: E402


@pytest.fixture(scope='session')
def provider(tmp_path_factory):
    with Provider(make_certificate(tmp_path_factory.mktemp('provider'), 'localhost')) as provider:
        yield provider


@pytest.fixture(scope='session')
def website(tmp_path_factory):
    """https://rp.example, the relying party's."""
    certificate = make_certificate(tmp_path_factory.mktemp('website'), 'rp.example')
    with Listener('/callback', '/post_logout_redirect', certificate=certificate) as website:
        yield website


@pytest.fixture(scope='session')
def chromium(website):
    with Browser({'rp.example': f'127.0.0.1:{website.port}'}) as browser:
        yield browser


@pytest.fixture
def person(chromium, website):
    """The user is still logged in from an earlier module, as for a person who runs the suite."""
    website.forget()
    yield Person(chromium)
    assert chromium.complaints() == []
    assert website.has_no_arrivals()
