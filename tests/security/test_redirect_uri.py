"""Redirect URIs that are almost the registered one: compared byte for byte (RFC 9700 §2.1, §4.1.3; ASVS V10.4.1)."""
import pytest

from attacker import ATTACKER, VERIFIER, nothing_issued, refused_with_json, refused_with_page

REGISTERED = 'https://client.example/callback'

# The rest of the request is right; only these bytes differ from the registered URI.
TRICKS = {
    'attackers-own': 'https://attacker.example/callback',
    'prefix-of-it': 'https://client.example/call',
    'origin-alone': 'https://client.example',
    'origin-with-slash': 'https://client.example/',
    'suffix-on-the-path': 'https://client.example/callback2',
    'suffix-on-the-host': 'https://client.example.attacker.example/callback',
    'suffix-without-dot': 'https://client.exampleattacker.example/callback',
    'subdomain': 'https://evil.client.example/callback',
    'parent-domain': 'https://example/callback',
    'traversal-up': 'https://client.example/callback/../evil',
    'traversal-back-to-it': 'https://client.example/x/../callback',
    'traversal-dot': 'https://client.example/./callback',
    'traversal-encoded': 'https://client.example/callback/%2e%2e/evil',
    'traversal-double-encoded': 'https://client.example/callback/%252e%252e/evil',
    'traversal-half-encoded': 'https://client.example/callback/..%2fevil',
    'traversal-encoded-backslash': 'https://client.example/callback/..%5cevil',
    'traversal-semicolon': 'https://client.example/callback/..;/evil',
    'userinfo-before-attacker': 'https://client.example@attacker.example/callback',
    'userinfo-with-password': 'https://client.example:443@attacker.example/callback',
    'userinfo-of-the-same-host': 'https://user@client.example/callback',
    'userinfo-empty': 'https://@client.example/callback',
    'userinfo-encoded-at': 'https://client.example%40attacker.example/callback',
    'userinfo-encoded-slash': 'https://client.example%2f@attacker.example/callback',
    'backslash-before-at': 'https://attacker.example\\@client.example/callback',
    'backslash-as-slash': 'https://client.example\\callback',
    'backslashes-for-authority': 'https:\\\\client.example\\callback',
    'backslash-after-host': 'https://attacker.example\\.client.example/callback',
    'hash-before-host': 'https://attacker.example#client.example/callback',
    'question-before-host': 'https://attacker.example?client.example/callback',
    'slash-before-host': 'https://attacker.example/client.example/callback',
    'scheme-relative': '//client.example/callback',
    'path-only': '/callback',
    'no-slashes': 'https:client.example/callback',
    'one-slash': 'https:/client.example/callback',
    'three-slashes': 'https:///client.example/callback',
    'case-of-scheme': 'HTTPS://client.example/callback',
    'case-of-host': 'https://CLIENT.example/callback',
    'case-of-path': 'https://client.example/Callback',
    'downgraded-to-http': 'http://client.example/callback',
    'port-added': 'https://client.example:8443/callback',
    'port-default': 'https://client.example:443/callback',
    'port-empty': 'https://client.example:/callback',
    'port-overflow': 'https://client.example:65979/callback',
    'fragment': 'https://client.example/callback#',
    'fragment-with-text': 'https://client.example/callback#x',
    'fragment-encoded': 'https://client.example/callback%23x',
    'query-added': 'https://client.example/callback?next=https://attacker.example',
    'query-empty': 'https://client.example/callback?',
    'query-encoded': 'https://client.example/callback%3Fx',
    'parameter-added': 'https://client.example/callback&x=y',
    'matrix-parameter': 'https://client.example/callback;x=y',
    'slash-at-the-end': 'https://client.example/callback/',
    'slash-doubled': 'https://client.example//callback',
    'dot-at-the-end': 'https://client.example/callback.',
    'dot-after-the-host': 'https://client.example./callback',
    'space-at-the-end': 'https://client.example/callback ',
    'space-before': ' https://client.example/callback',
    'space-inside': 'https://client.example /callback',
    'tab-at-the-end': 'https://client.example/callback\t',
    'tab-inside': 'https://cli\tent.example/callback',
    'newline-at-the-end': 'https://client.example/callback\n',
    'newline-inside': 'https://client.example\n.attacker.example/callback',
    'carriage-return': 'https://client.example/callback\r\nLocation: https://attacker.example',
    'nul-at-the-end': 'https://client.example/callback\0',
    'nul-before-attacker': 'https://client.example/callback\0.attacker.example',
    'percent-nul': 'https://client.example/callback%00',
    'vertical-tab': 'https://client.example/callback\x0b',
    'delete-character': 'https://client.example/callback\x7f',
    'letter-encoded': 'https://client.example/%63allback',
    'host-letter-encoded': 'https://%63lient.example/callback',
    'letter-double-encoded': 'https://client.example/%2563allback',
    'everything-encoded-twice': 'https%3A%2F%2Fclient.example%2Fcallback',
    'scheme-encoded': 'https%3a//client.example/callback',
    'unicode-full-stop': 'https://client\u3002example/callback',
    'unicode-half-width-stop': 'https://client\uff61example/callback',
    'unicode-full-width-stop': 'https://client\uff0eexample/callback',
    'unicode-full-width-slash': 'https://attacker.example\uff0fclient.example/callback',
    'unicode-full-width-letters': 'https://\uff43lient.example/callback',
    'unicode-division-slash': 'https://attacker.example\u2215.client.example/callback',
    'unicode-homograph': 'https://\u0441lient.example/callback',
    'unicode-homograph-as-idna': 'https://xn--lient-9ed.example/callback',
    'unicode-soft-hyphen': 'https://client\u00ad.example/callback',
    'unicode-zero-width': 'https://client.example/callback\u200b',
    'unicode-right-to-left': 'https://client.example/\u202ecallback',
    'unicode-long-s': 'http\u017f://client.example/callback',
    'unicode-question-in-fraction': 'https://attacker.example\u2048.client.example/callback',
    'overlong-utf8-slash': b'https://client.example\xc0\xafcallback',
    'overlong-utf8-dot': b'https://client.example/callback/\xc0\xae\xc0\xae/evil',
    'invalid-utf8': b'https://client.example/callback\xff',
    'latin1-byte': b'https://client.example/callback\xa0',
    'javascript': 'javascript:alert(document.domain)//https://client.example/callback',
    'javascript-with-newline': 'java\nscript:alert(1)//https://client.example/callback',
    'javascript-case': 'JaVaScRiPt://client.example/callback%0aalert(1)',
    'data': 'data:text/html,<script>alert(1)</script>',
    'vbscript': 'vbscript:msgbox(1)',
    'file': 'file:///etc/passwd',
    'blob': 'blob:https://client.example/callback',
    'view-source': 'view-source:https://client.example/callback',
    'about': 'about:blank',
    'ftp': 'ftp://client.example/callback',
    'websocket': 'wss://client.example/callback',
    'intent': 'intent://client.example/callback#Intent;scheme=https;end',
    'wildcard': 'https://*.example/callback',
    'wildcard-path': 'https://client.example/*',
    'two-words': 'https://client.example/callback https://attacker.example/callback',
    'comma-list': 'https://client.example/callback,https://attacker.example/callback',
    'json-list': '["https://client.example/callback","https://attacker.example/callback"]',
    'out-of-band': 'urn:ietf:wg:oauth:2.0:oob',
    'nip-io': 'https://client.example.127.0.0.1.nip.io/callback',
    'ipv4-as-number': 'https://2130706433/callback',
    'another-clients': 'https://www.example.com/redirect',
    'localhost': 'http://localhost/callback',
    'loopback-port-of-a-confidential-client': 'http://127.0.0.1:8080/callback',
    'too-long': 'https://client.example/callback' + 'a' * 2100,
}

# Other errors of the request: none of them may be reported first, to a URI that is not proved.
OTHER_FAULTS = [
    {'scope': 'admin'},
    {'response_type': None},
    {'response_type': 'token'},
    {'code_challenge': 'short', 'code_challenge_method': 'plain'},
    {'prompt': 'none'},
]


@pytest.mark.parametrize('trick', TRICKS)
def test_no_redirect_to_an_unregistered_uri(stack, web, trick):
    """RFC6749-4.1.2.1-1"""
    with nothing_issued(stack):
        refused_with_page(stack.send('GET', stack.request_of(web, redirect_uri=TRICKS[trick])))


@pytest.mark.parametrize('trick', TRICKS)
def test_no_redirect_to_it_with_other_errors(stack, web, trick):
    """RFC6749-4.1.2.1-1"""
    for fault in OTHER_FAULTS:
        refused_with_page(stack.send('GET', stack.request_of(web, **{'redirect_uri': TRICKS[trick]} | fault)))


@pytest.mark.parametrize('trick', ['attackers-own', 'suffix-on-the-host', 'query-added', 'case-of-host'])
def test_no_redirect_to_it_by_post(stack, web, trick):
    """RFC6749-4.1.2.1-1"""
    query = stack.request_of(web, redirect_uri=TRICKS[trick]).partition('?')[2]
    with nothing_issued(stack):
        refused_with_page(stack.send('POST', '/oauth/authorize', query))


@pytest.mark.parametrize('trick', ['attackers-own', 'traversal-up', 'query-added', 'case-of-path', 'slash-at-the-end'])
def test_no_redirect_to_it_after_login_and_remembered_consent(stack, trick):
    """RFC6749-3.1.2.3-3"""
    client = stack.client()
    browser = stack.browser('alice')
    assert browser.approve(browser.begin(client), remember='1').status == 303
    assert 'code' in browser.get(stack.request_of(client)).returned  # no further question is asked
    with nothing_issued(stack):
        refused_with_page(browser.get(stack.request_of(client, redirect_uri=TRICKS[trick])))


def test_control_the_registered_address_is_served(stack, web):
    """RFC6749-3.1.2.3-3"""
    assert stack.browser('alice').begin(web, redirect_uri=REGISTERED).startswith('/approve?request=')


# Several addresses --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('pair', [(REGISTERED, ATTACKER), (ATTACKER, REGISTERED), (REGISTERED, REGISTERED),
                                  (REGISTERED, '')], ids=['attacker-last', 'attacker-first', 'same', 'empty-last'])
def test_two_redirect_uris_are_refused_whichever_is_right(stack, web, pair):
    """RFC6749-3.1-11"""
    target = stack.request_of(web, redirect_uri=None) + ''.join(f'&redirect_uri={uri}' for uri in pair)
    with nothing_issued(stack):
        refused_with_page(stack.send('GET', target))


@pytest.mark.parametrize('name', ['redirect_uri[]', 'redirect_uri[0]', 'Redirect_uri', 'REDIRECT_URI', 'redirect_uri ',
                                  'redirect_uri%00', 'redirect%5furi%2e', 'return_to', 'next', 'redirect_url'])
def test_a_look_alike_name_of_the_parameter_is_not_it(stack, web, name):
    """RFC6749-3.1-10"""
    browser = stack.browser('alice')
    answer = browser.get(stack.request_of(web) + f'&{name.replace(" ", "%20")}=https%3A%2F%2Fattacker.example%2F')
    assert answer.status == 303
    assert browser.approve(answer.location).location.startswith(REGISTERED + '?')


def test_left_out_it_is_refused_when_two_are_registered(stack):
    """RFC6749-3.1.2.3-1"""
    client = stack.client('--redirect-uri', 'https://client.example/second')
    refused_with_page(stack.send('GET', stack.request_of(client, redirect_uri=None)))


# Registered with a query --------------------------------------------------------------------------------------------

@pytest.mark.parametrize('presented', [
    'https://client.example/cb', 'https://client.example/cb?', 'https://client.example/cb?b=2&a=1',
    'https://client.example/cb?a=1', 'https://client.example/cb?a=1&b=2&c=3', 'https://client.example/cb?a=1&b=2&',
    'https://client.example/cb?a=1&b=2&a=3', 'https://client.example/cb?a=%31&b=2', 'https://client.example/cb?A=1&b=2',
    'https://client.example/cb?a=1;b=2', 'https://client.example/cb?a=1&amp;b=2'],
    ids=['dropped', 'emptied', 'reordered', 'shortened', 'added', 'ampersand', 'overridden', 'encoded', 'case',
         'semicolon', 'entity'])
def test_a_registered_query_is_compared_byte_for_byte(stack, presented):
    """RFC6749-3.1.2-4"""
    client = stack.client(redirect_uri='https://client.example/cb?a=1&b=2')
    with nothing_issued(stack):
        refused_with_page(stack.send('GET', stack.request_of(client, redirect_uri=presented)))


# Loopback (RFC 8252 §7.3): the port alone may differ, of a public client's loopback IP alone ------------------------

LOOPBACK = {
    'localhost': 'http://localhost/cb', 'localhost-port': 'http://localhost:5000/cb', 'short-form': 'http://127.1/cb',
    'hexadecimal': 'http://0x7f.1/cb', 'hexadecimal-whole': 'http://0x7f000001/cb', 'octal': 'http://0177.0.0.1/cb',
    'number': 'http://2130706433/cb', 'another-of-the-net': 'http://127.0.0.2/cb', 'any': 'http://0.0.0.0/cb',
    'ipv6': 'http://[::1]/cb', 'ipv6-port': 'http://[::1]:5000/cb', 'ipv6-long': 'http://[0:0:0:0:0:0:0:1]/cb',
    'ipv6-mapped': 'http://[::ffff:127.0.0.1]/cb', 'ipv6-zone': 'http://[fe80::1%25eth0]/cb',
    'nip-io': 'http://127.0.0.1.nip.io/cb', 'suffix': 'http://127.0.0.1.attacker.example/cb',
    'digits-after': 'http://127.0.0.10/cb', 'userinfo': 'http://127.0.0.1@attacker.example/cb',
    'userinfo-after-port': 'http://127.0.0.1:5000@attacker.example/cb', 'port-empty': 'http://127.0.0.1:/cb',
    'port-zero': 'http://127.0.0.1:0/cb', 'port-too-large': 'http://127.0.0.1:65536/cb',
    'port-huge': 'http://127.0.0.1:99999999999999999999/cb', 'port-negative': 'http://127.0.0.1:-1/cb',
    'port-plus': 'http://127.0.0.1:+80/cb', 'port-letters': 'http://127.0.0.1:80a/cb', 'path': 'http://127.0.0.1:5000/',
    'path-longer': 'http://127.0.0.1:5000/cb/x', 'query': 'http://127.0.0.1:5000/cb?x=1',
    'fragment': 'http://127.0.0.1:5000/cb#x', 'https': 'https://127.0.0.1:5000/cb',
    'case': 'HTTP://127.0.0.1:5000/cb', 'two-ports': 'http://127.0.0.1:5000:6000/cb',
    'port-in-full-width': 'http://127.0.0.1:\uff15000/cb', 'space-before-port': 'http://127.0.0.1 :5000/cb',
    'backslash-after-port': 'http://127.0.0.1:5000\\@attacker.example/cb',
}


@pytest.mark.parametrize('trick', LOOPBACK)
def test_a_native_apps_loopback_address_may_differ_only_in_its_port(stack, native, trick):
    """RFC8252-7.3-6"""
    with nothing_issued(stack):
        refused_with_page(stack.send('GET', stack.request_of(native, redirect_uri=LOOPBACK[trick])))


@pytest.fixture(scope='module')
def native(stack):
    return stack.client('--public', redirect_uri='http://127.0.0.1/cb')


def test_control_another_port_is_served(stack, native):
    """RFC8252-7.3-6"""
    assert stack.browser().begin(native, redirect_uri='http://127.0.0.1:51004/cb').startswith('/login?request=')


def test_a_confidential_clients_loopback_port_is_fixed(stack):
    """RFC8252-7.3-6"""
    client = stack.client(redirect_uri='http://127.0.0.1:5000/cb')
    refused_with_page(stack.send('GET', stack.request_of(client, redirect_uri='http://127.0.0.1:5001/cb')))


def test_a_native_apps_localhost_port_is_fixed(stack):
    """RFC8252-7.3-6"""
    client = stack.client('--public', redirect_uri='http://localhost:5000/cb')
    refused_with_page(stack.send('GET', stack.request_of(client, redirect_uri='http://localhost:5001/cb')))


# At the token endpoint (RFC 6749 §4.1.3) ----------------------------------------------------------------------------

AT_TOKEN = ['attackers-own', 'suffix-on-the-path', 'slash-at-the-end', 'query-empty', 'case-of-host', 'port-default',
            'letter-encoded', 'fragment', 'traversal-dot', 'dot-at-the-end', 'origin-alone']


@pytest.mark.parametrize('trick', AT_TOKEN)
def test_a_code_is_not_redeemed_with_another_address(stack, web, watcher, trick):
    """RFC6749-4.1.3-6"""
    code = stack.code(web)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, code, redirect_uri=TRICKS[trick]), 400, 'invalid_grant')
    assert stack.is_active(watcher, stack.redeem(web, code).json['access_token'])  # and is not lost by it


def test_a_code_is_not_redeemed_without_the_address_that_was_sent(stack, web):
    """RFC6749-4.1.3-6"""
    code = stack.code(web)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, code, redirect_uri=None), 400, 'invalid_grant')


def test_a_code_of_a_request_without_redirect_uri_accepts_no_other(stack, web):
    """RFC6749-4.1.3-14"""
    code = stack.code(web, redirect_uri=None)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, code, redirect_uri=ATTACKER), 400, 'invalid_grant')


def test_a_native_apps_code_is_bound_to_the_port_that_was_used(stack, native):
    """RFC6749-4.1.3-14"""
    code = stack.code(native, redirect_uri='http://127.0.0.1:5000/cb')
    with nothing_issued(stack):
        refused_with_json(stack.redeem(native, code, redirect_uri='http://127.0.0.1:5001/cb', code_verifier=VERIFIER),
                          400, 'invalid_grant')


# At registration ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('uri', [
    'http://client.example/cb', 'javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///x',
    'blob:https://x/y', 'about:blank', 'myapp:/cb', 'myapp://cb', 'https://client.example/cb#x',
    'https://user@client.example/cb', 'https://',
    'https:///cb', '/cb', '//client.example/cb', 'https://client.example/a b', 'https://client.example/\u00e9',
    'http://127.0.0.1.nip.io/cb', 'http://127.1/cb', 'http://0.0.0.0/cb', 'http://localhost.attacker.example/cb',
    'COM.EXAMPLE:/cb', 'https://client.example/%zz', 'https://client.example/cb\thttps://attacker.example'])
def test_an_unsafe_uri_is_not_registered(stack, uri):
    """STILE-security-1"""
    with pytest.raises(AssertionError, match='--redirect-uri'):
        stack.client(redirect_uri=uri)
