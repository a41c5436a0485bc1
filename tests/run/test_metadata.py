"""GET /.well-known/oauth-authorization-server (RFC 8414) through nginx: issuers with a path, and the cache."""
import pytest
import requests

from browser import DEMO, REDIRECT_URI, Browser, parameters_of
from faults import eventually, functions, outage, stopped
from race import at_once
from stack import PATIENCE, REDIS_NAME, Stack

PATH = '/.well-known/oauth-authorization-server'


@pytest.fixture(scope='module')
def running():
    with Stack() as stack:
        yield stack


@pytest.fixture
def stack(running):
    """The instance with its Redis, which an earlier case may have killed."""
    eventually(lambda: running.children(REDIS_NAME), 'Redis is not started again')
    return running


def get(stack, path=PATH, **headers):
    return requests.get(stack.base + path, headers={name.replace('_', '-'): value for name, value in headers.items()},
                        timeout=PATIENCE)


@pytest.mark.parametrize('issuer, below', [
    ('https://login.example.org', ''),
    ('https://example.org/tenant/a', '/tenant/a'),
    ('http://localhost/x', '/x'),
])
def test_issuer(issuer, below):
    """RFC8414-3.3-1 The issuer is that of the configuration, with its path, and all endpoints begin with it."""
    with Stack(STILE_ISSUER=issuer) as stack:
        browser = Browser(f'http://127.0.0.1:{stack.port}')
        metadata = browser.get(PATH + below).json()  # RFC 8414 §3.1
        assert metadata['issuer'] == issuer
        endpoints = {name: url for name, url in metadata.items() if name.endswith('_endpoint')}
        assert {'authorization_endpoint', 'token_endpoint', 'revocation_endpoint', 'introspection_endpoint'} <= set(endpoints)
        for name, url in endpoints.items():
            assert url.startswith(issuer + '/oauth/'), name
            assert browser.get(below + url.removeprefix(issuer)).status_code != 404, name

        def authorize(scope):
            return browser.get(below + '/oauth/authorize', params={'client_id': DEMO[0], 'response_type': 'code',
                                                                   'redirect_uri': REDIRECT_URI, 'scope': scope})

        assert parameters_of(authorize('nonsense').headers['Location'])['iss'] == issuer
        login = authorize('email').headers['Location']
        assert login.startswith(below + '/login?request=') and browser.get(login).status_code == 200


def test_first_requests_outage(stack):
    """STILE-metadata-7 The metadata needs no Redis, and 64 simultaneous first requests are all answered."""
    with outage(stack):
        # nginx caches a document for each host: these are the first requests for this one.
        answers = at_once([lambda: get(stack, Host='first.example')] * 64)
    assert [answer.status_code for answer in answers] == [200] * 64
    assert len({answer.text for answer in answers}) == 1


def test_cache(stack):
    """STILE-metadata-6 nginx caches the metadata: it is served while the function and Redis are unavailable."""
    first = get(stack)
    assert first.status_code == 200
    with outage(stack), stopped(functions(stack)['stile-metadata']):
        for path in (PATH, PATH + '?x=1'):
            again = get(stack, path, Cookie='a=b', Cache_Control='no-cache')
            assert (again.status_code, again.text) == (200, first.text)
            assert again.headers['Cache-Control'] == 'public, max-age=60'
            assert again.headers['Access-Control-Allow-Origin'] == '*'
        answers = at_once([lambda: get(stack)] * 64)
    assert [answer.status_code for answer in answers] == [200] * 64


@pytest.mark.parametrize('path', [PATH + '/', '/.well-known/openid-configuration/', '/.well-known/', '/.well-known'])
def test_other_paths(stack, path):
    """STILE-metadata-8 Other well-known paths are 404."""
    assert get(stack, path).status_code == 404
