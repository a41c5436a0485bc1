"""What nginx itself answers in front of the functions: each with the headers of Stile's responses."""
import re

import pytest
import requests

from stack import PATIENCE, ROOT, Stack

HEADERS = dict(re.findall(r'^add_header (\S+) "?(.*?)"? always;$', (ROOT / 'nginx/answer.conf').read_text(), re.MULTILINE))
FORM = {'Content-Type': 'application/x-www-form-urlencoded'}
TOO_LARGE = 'a=' + 'a' * 100_000


@pytest.fixture(scope='module')
def stack():
    with Stack() as stack:
        yield stack


def has_headers(answer, status, content_type):
    assert answer.status_code == status and answer.headers['Content-Type'] == content_type
    assert len(HEADERS) == 5 and {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    return answer.json() if content_type == 'application/json' else answer.text


@pytest.mark.parametrize('path', ['/login', '/approve', '/oauth/logout'])
def test_page_too_large(stack, path):
    """STILE-nginx-answer-1 A page request that nginx refuses gets the security headers of Stile's pages and says why."""
    answer = requests.post(stack.base + path, TOO_LARGE, headers=FORM, timeout=PATIENCE)
    assert 'larger than 64 kB' in has_headers(answer, 400, 'text/html')


@pytest.mark.parametrize('path', ['/oauth/token', '/oauth/introspect', '/oauth/revoke'])
def test_json_too_large(stack, path):
    """STILE-nginx-answer-2 A protocol request that nginx refuses gets the same headers and a JSON error."""
    answer = requests.post(stack.base + path, TOO_LARGE, headers=FORM, timeout=PATIENCE)
    assert has_headers(answer, 400, 'application/json')['error'] == 'invalid_request'


def test_line_too_long(stack):
    """STILE-nginx-answer-3 A request line of 40 kB gets the same headers."""
    has_headers(requests.get(f'{stack.base}/oauth/authorize?state={"a" * 40_000}', timeout=PATIENCE), 400, 'text/html')
