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
    """ASVS-V2.4.1-4 All addresses of an IPv6 /64 count as one, and for its /56 and /48; an IPv4-mapped address as the IPv4 address."""
    counted(proxied)
    for address in ('2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', '::ffff:198.51.100.8', '198.51.100.8'):
        fail_once(proxied, PROXY, X_Forwarded_For=address)
    assert counted(proxied) == ['198.51.100.8', '2001:db8:1:2::/64', '2001:db8:1::/48', '2001:db8:1::/56']


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


def answers_from(stack, path, addresses, times, **headers):
    """The statuses of so many requests from each address, one after the other."""
    requests = [encode('GET', path, X_Forwarded_For=address, **headers) for _ in range(times) for address in addresses]
    return [answer.status for answer in ask_all(stack.port, requests, PROXY)]


@pytest.mark.parametrize('addresses, outside', [
    ([f'2001:db8:1:{number:x}::1' for number in range(64)], '2001:db8:1:100::1'),
    # Of one /48, in /56s of which none reaches its own limit.
    ([f'2001:db8:2:{number:x}00::1' for number in range(200)], '2001:db8:3::1'),
], ids=['56', '48'])
def test_sites(proxied, addresses, outside):
    """ASVS-V2.4.1-6 The /64s of an IPv6 /56 or /48 together have a limit, and other addresses are not limited by it."""
    # Faster than the limits of the site allow, and from none of its addresses more than its own burst.
    assert 429 in answers_from(proxied, '/approve', addresses, 12)
    assert answers_from(proxied, '/approve', [outside], 20) == [400] * 20


def test_sites_of_programs(proxied):
    """ASVS-V2.4.1-6 The /64s of an IPv6 /56 or /48 together have a limit, and other addresses are not limited by it."""
    text = (proxied.dir / 'stile/json.conf').read_text()
    assert 'limit_req zone=stile_programs_56' in text and 'limit_req zone=stile_programs_48' in text


def browser_cookie(number):
    return f'stile_browser={number:042}'


def test_known_browser(proxied):
    """ASVS-V2.4.1-7 Strangers behind the same address do not use up the limit of a known browser at the login page."""
    address = ['203.0.113.77']
    assert any(429 in answers_from(proxied, '/login', address, 200) for _ in range(20))
    assert answers_from(proxied, '/login', address, 10, Cookie=f'a=b; __Host-{browser_cookie(1)}; c=d') == [400] * 10
    # It is no way round: a browser has its own limit, and all of an address together have one.
    assert any(429 in answers_from(proxied, '/login', address, 100, Cookie=browser_cookie(1)) for _ in range(20))
    assert answers_from(proxied, '/login', address, 10, Cookie=browser_cookie(2)) == [400] * 10
    requests = [encode('GET', '/login', X_Forwarded_For=address[0], Cookie=browser_cookie(number)) for number in range(3, 2003)]
    assert any(429 in [answer.status for answer in ask_all(proxied.port, requests, PROXY)] for _ in range(5))
    assert 429 in answers_from(proxied, '/login', address, 60, Cookie='stile_browser=short')  # is none


def test_trusted_sites(limited):
    """ASVS-V2.4.1-3 Addresses that the operator trusts, and nginx's requests to verify, have no limit."""
    answers = ask_all(limited.port, [encode('GET', '/login', Cookie=browser_cookie(1))] * 200, '127.2.3.5')
    assert {answer.status for answer in answers} == {400}
