"""Which address counts: the connection's, unless nginx is configured to trust a proxy."""
import base64
import os
import signal
import time

import pytest

from raw_http import ask, ask_all, encode
from stack import Stack

PROXY = '127.3.0.1'
WRONG = 'Basic ' + base64.b64encode(b'test_client:wrong').decode()


def fail_once(stack, source, **headers):
    answer = ask(stack.port, encode('POST', '/oauth/token', 'grant_type=client_credentials', Authorization=WRONG, **headers), source)
    assert answer.status == 401


def counted(stack):
    """The address whose failures are counted."""
    keys = stack.redis('KEYS', 'throttle:*').split()
    stack.redis('FLUSHDB')
    stack.admin('client', 'add', '--id', 'test_client', '--secret', 'password', '--redirect-uri', 'https://www.example.com/redirect')
    return sorted(key.removeprefix('throttle:client:test_client:') for key in keys)


@pytest.fixture(scope='module')
def proxied():
    """As nginx/README.md describes for an nginx behind a proxy."""
    with Stack(trusted=[], STILE_CLIENT_CACHE=0) as stack:
        path = stack.dir / 'nginx.conf'
        path.write_text(path.read_text().replace('include stile/upstreams.conf;', f'''include stile/upstreams.conf;
    set_real_ip_from {PROXY};
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;'''))
        os.kill(int((stack.dir / 'nginx.pid').read_text()), signal.SIGHUP)
        deadline = time.monotonic() + 20
        log = stack.dir / 'log/stile.log'
        while not log.exists() or '198.51.100.1 ' not in log.read_text():  # until the new workers answer
            ask(stack.port, encode('GET', '/login', X_Forwarded_For='198.51.100.1'), PROXY)
            assert time.monotonic() < deadline
        yield stack


@pytest.mark.parametrize('name', ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Client-IP', 'True-Client-IP', 'CF-Connecting-IP',
                                  'Remote-Addr', 'REMOTE_ADDR', 'X-Forwarded', 'Via'])
def test_headers_of_anybody(limited, proxied, name):
    """ASVS-V4.1.3-1 No header of a client changes the address for which its failures are counted."""
    value = 'for=198.51.100.7' if name == 'Forwarded' else '198.51.100.7'
    for stack in (limited, proxied):
        stack.redis('DEL', 'throttle:client:test_client:127.9.9.9')
        fail_once(stack, '127.9.9.9', **{name: value})
        assert '198.51.100.7' not in stack.redis('KEYS', 'throttle:*')
        assert stack.redis('EXISTS', 'throttle:client:test_client:127.9.9.9') == '1'


def test_trusted_proxy(proxied):
    """ASVS-V4.1.3-2 A proxy that nginx is configured to trust gives the client's address; entries before it come from
    the client and are ignored."""
    counted(proxied)
    fail_once(proxied, PROXY, X_Forwarded_For='203.0.113.66, 198.51.100.7')
    assert counted(proxied) == ['198.51.100.7']
    fail_once(proxied, PROXY, X_Forwarded_For='nonsense')
    assert counted(proxied) == [PROXY]


def test_networks(proxied):
    """ASVS-V2.4.1-4 All addresses of an IPv6 /64 count as one, and an IPv4-mapped address as the IPv4 address."""
    counted(proxied)
    for address in ('2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', '::ffff:198.51.100.8', '198.51.100.8'):
        fail_once(proxied, PROXY, X_Forwarded_For=address)
    assert counted(proxied) == ['198.51.100.8', '2001:db8:1:2::/64']


def test_limited_networks(proxied):
    """ASVS-V2.4.1-4 nginx's limits count the same networks, whatever bytes their addresses have."""
    def is_limited(address, times=50):
        requests = [encode('GET', '/oauth/authorize', X_Forwarded_For=address)] * times
        return 429 in [answer.status for answer in ask_all(proxied.port, requests, PROXY)]

    for address, same, other in [('2001:db8:a:a0a::1', '2001:db8:a:a0a:a0a:a0a:a0a:a0a', '2001:db8:a:a0b::1'),
                                 ('::ffff:203.0.113.10', '203.0.113.10', '203.0.113.11'),
                                 ('2001:db8::', '2001:db8::1:0:0:1', '2001:db8:0:1::')]:
        assert any(is_limited(address, 500) for _ in range(40))
        assert is_limited(same)
        assert not is_limited(other)
