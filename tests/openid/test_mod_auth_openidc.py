"""mod_auth_openidc in front of the pages of an Apache, configured as in functions/demo/README.md: only with the
discovery document."""
import base64
import html
import json
import re
import urllib.parse

import pytest
import requests

from apache import Apache, readme_lines
from chromium import PATIENCE, Browser
from known_secrets import remember
from provider import CLAIMS, NAME, PASSWORD

SCOPE = 'openid profile email'
APP = 'app.example.com'
AGREED, SILENT = 'agreed.example.com', 'silent.example.com'
# Each site is a client, named by the beginning of its host. Additional lines of its configuration and registration:
SITES = {
    APP: ('', []),
    'second.example.com': ('OIDCPassIDTokenAs claims serialized', []),
    'query.example.com': ('OIDCResponseMode query', []),
    AGREED: ('', ['--redirect-uri', f'https://{SILENT}/protected/redirect_uri']),
    'anew.example.com': ('OIDCAuthRequestParams prompt=login&max_age=3600', []),
    'signed.example.com': ('OIDCUserInfoSignedResponseAlg ES256', ['--userinfo-signed-response-alg', 'ES256']),
    'rs256.example.com': ('OIDCIDTokenSignedResponseAlg RS256', []),
    'ps256.example.com': ('OIDCIDTokenSignedResponseAlg PS256', ['--id-token-signed-response-alg', 'PS256']),
    'es256.example.com': ('OIDCIDTokenSignedResponseAlg ES256', ['--id-token-signed-response-alg', 'ES256']),
    'wrong.example.com': ('OIDCIDTokenSignedResponseAlg PS256', []),
    'pairwise.example.com': ('', ['--subject-type', 'pairwise']),
}
# It has the same client as the other site, so the user's consent there also applies here.
SILENT_LINES = 'OIDCClientID agreed\nOIDCClientSecret secret-of-agreed\nOIDCAuthRequestParams prompt=none\n'


def client_of(host):
    return host.partition('.')[0]


def secret_of(host):
    return 'secret-of-' + client_of(host)


def lines_for(provider, host, more):
    lines = readme_lines()
    for example, value in {'https://id.example.com': provider.issuer, f'https://{APP}': f'https://{host}',
                           'OIDCClientID app': f'OIDCClientID {client_of(host)}', 'THE_CLIENT_SECRET': secret_of(host),
                           'A_LONG_RANDOM_WORD': 'a-word-of-this-test'}.items():
        assert example in lines, example
        lines = lines.replace(example, value)
    return lines + more


@pytest.fixture(scope='module')
def apache(provider):
    sites = {host: lines_for(provider, host, more) for host, (more, _) in SITES.items()}
    with Apache(sites | {SILENT: lines_for(provider, SILENT, SILENT_LINES)}, provider.certificate) as apache:
        for host, (_, options) in SITES.items():
            provider.admin('client', 'add', '--id', client_of(host), '--secret', secret_of(host), '--scope', SCOPE,
                           '--redirect-uri', f'https://{host}/protected/redirect_uri', '--post-logout-redirect-uri',
                           f'https://{host}/', *options)
        provider.admin('client', 'update', client_of(APP), '--backchannel-logout-uri',
                       f'http://127.0.0.1:{apache.plain_port}/protected/redirect_uri?logout=backchannel')
        provider.admin('keys', 'rotate', '--alg', 'PS256')  # RS256 and ES256 are there
        yield apache


@pytest.fixture(scope='module')
def chromium(apache):
    with Browser({host: f'127.0.0.1:{apache.tls_port}' for host in [*SITES, SILENT]}) as browser:
        yield browser


@pytest.fixture
def browser(chromium):
    """A browser without cookies."""
    chromium.start_afresh()
    return chromium


def open_protected(browser, host=APP):
    browser.open(f'https://{host}/protected/')


def told(browser):
    """The headers that the module sets for the protected application."""
    browser.wait_for_heading('Protected')
    lines = html.unescape(browser.one('//pre').get_attribute('textContent'))
    variables = dict(re.findall(r'^(\w+)=(.*)$', lines, re.M))
    remember({'access_token': variables.get('OIDC_access_token')})
    return variables


def approve(browser, for_good=False):
    browser.wait_for_heading('Allow access?')
    if for_good:
        browser.one('//input[@name="remember"]').click()
    browser.press('Approve')
    return told(browser)


def sign_in(browser, host=APP, **how):
    open_protected(browser, host)
    browser.log_in(NAME, PASSWORD)
    return approve(browser, **how)


def test_sign_in(provider, browser):
    """STILE-apache-1 With discovery and PKCE, the application gets the user from ID token and userinfo."""
    open_protected(browser)
    browser.wait_for_heading('Sign in')
    grant = re.search(r'request=(\w+)', browser.driver.current_url)[1]
    assert provider.redis('HGET', f'request:{{{grant}}}', 'code_challenge')
    browser.log_in(NAME, PASSWORD)
    variables = approve(browser)
    assert variables['REMOTE_USER'] == variables['OIDC_CLAIM_sub'] == NAME
    assert (variables['OIDC_CLAIM_iss'], variables['OIDC_CLAIM_aud']) == (provider.issuer, 'app')
    assert variables['OIDC_CLAIM_nonce'] and variables['OIDC_CLAIM_at_hash'] and variables['OIDC_CLAIM_sid']
    assert variables['OIDC_CLAIM_email'] == CLAIMS['email']['email']
    assert variables['OIDC_CLAIM_name'] == CLAIMS['profile']['name']


def test_single_sign_on(browser):
    """STILE-apache-2 A user who is signed in at one site signs in at the next without a login; each site gets its own
    sid."""
    first = sign_in(browser)
    open_protected(browser, 'second.example.com')
    second = approve(browser)
    assert second['OIDC_CLAIM_auth_time'] == first['OIDC_CLAIM_auth_time']
    assert second['OIDC_CLAIM_sid'] != first['OIDC_CLAIM_sid']


def test_query(browser):
    """STILE-apache-3 The response is accepted in the query instead of a form."""
    assert sign_in(browser, 'query.example.com')['REMOTE_USER'] == NAME


def test_deny(browser):
    """STILE-apache-4 Apache shows the user that access was denied."""
    open_protected(browser)
    browser.log_in(NAME, PASSWORD)
    browser.wait_for_heading('Allow access?')
    browser.press('Deny')
    browser.wait(lambda: 'access_denied' in browser.text(), 'access_denied')


def test_silent(browser):
    """STILE-apache-5 prompt=none gives login_required, then consent_required, then a sign-in without a page."""
    open_protected(browser, SILENT)
    browser.wait(lambda: 'login_required' in browser.text(), 'login_required')
    sign_in(browser, AGREED)
    open_protected(browser, SILENT)
    browser.wait(lambda: 'consent_required' in browser.text(), 'consent_required')
    browser.start_afresh()
    sign_in(browser, AGREED, for_good=True)
    open_protected(browser, SILENT)
    assert told(browser)['REMOTE_USER'] == NAME


def test_login_again(browser):
    """STILE-apache-6 prompt=login asks for the password although the user is signed in."""
    first = sign_in(browser)
    second = sign_in(browser, 'anew.example.com')
    assert int(second['OIDC_CLAIM_auth_time']) >= int(first['OIDC_CLAIM_auth_time'])


@pytest.mark.parametrize('host', ['rs256.example.com', 'ps256.example.com', 'es256.example.com'])
def test_algorithms(browser, host):
    """STILE-apache-7 Apache accepts ID tokens of each algorithm that it knows, if configured for this algorithm only."""
    assert sign_in(browser, host)['REMOTE_USER'] == NAME


def test_other_algorithm(browser):
    """STILE-apache-8 Apache refuses an ID token with another algorithm than configured: the tests above can fail."""
    open_protected(browser, 'wrong.example.com')
    browser.log_in(NAME, PASSWORD)
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    browser.wait(lambda: 'Error' in browser.text(), 'an error')
    open_protected(browser, 'wrong.example.com')
    browser.wait_for_heading('Allow access?')


def test_signed_userinfo(browser):
    """STILE-apache-9 Apache accepts userinfo as a signed JWT, if configured for signed userinfo only."""
    assert sign_in(browser, 'signed.example.com')['OIDC_CLAIM_email'] == CLAIMS['email']['email']


def test_pairwise(browser):
    """STILE-apache-10 A pairwise client gets its own sub for the user, the same in ID token and userinfo."""
    variables = sign_in(browser, 'pairwise.example.com')
    assert re.fullmatch('[0-9a-f]{32}', variables['REMOTE_USER']) and variables['OIDC_CLAIM_email']


def test_refresh(browser):
    """STILE-apache-11 Apache refreshes the access token when the application asks it to."""
    before = sign_in(browser)
    browser.open(f'https://{APP}/protected/redirect_uri?' + urllib.parse.urlencode(
        {'refresh': f'https://{APP}/protected/', 'access_token': before['OIDC_access_token']}))
    after = told(browser)
    assert 'error_code' not in browser.driver.current_url
    assert after['OIDC_access_token'] != before['OIDC_access_token'] and after['REMOTE_USER'] == NAME


def test_new_key(provider, browser):
    """STILE-apache-12 Apache fetches the keys again for an ID token whose key it does not have."""
    known = published(provider)
    assert kid_of(sign_in(browser, 'second.example.com')) in known
    provider.admin('keys', 'rotate', '--alg', 'RS256', '--now')
    browser.wait(lambda: published(provider) > known, 'the new key')

    def signs():
        browser.start_afresh()
        return kid_of(sign_in(browser, 'second.example.com')) not in known
    browser.wait(signs, 'an ID token of the new key')


def published(provider):
    answer = requests.get(provider.issuer + '/.well-known/jwks.json', verify=provider.certificate, timeout=PATIENCE)
    return {key['kid'] for key in answer.json()['keys']}


def kid_of(variables):
    remember({'id_token': variables['OIDC_id_token']})
    return json.loads(base64.urlsafe_b64decode(variables['OIDC_id_token'].partition('.')[0] + '=='))['kid']


def log_out(browser, host=APP):
    back = urllib.parse.quote(f'https://{host}/', safe='')
    browser.open(f'https://{host}/protected/redirect_uri?logout={back}')


def test_logout(browser):
    """STILE-apache-13 Logout at Apache ends the session at the provider without a confirmation, and returns to the
    site."""
    sign_in(browser)
    log_out(browser)
    browser.wait_for_heading('Welcome')
    assert browser.driver.current_url == f'https://{APP}/'
    open_protected(browser)
    browser.wait_for_heading('Sign in')


def test_back_channel_logout(browser):
    """STILE-apache-14 A logout at another site ends the session at this one through a logout token."""
    sign_in(browser)
    open_protected(browser, 'second.example.com')
    approve(browser)
    log_out(browser, 'second.example.com')
    browser.wait_for_heading('Welcome')
    wait_for_logout(browser)


def test_sessions_ended_by_operator(provider, browser):
    """STILE-apache-15 `stile user end-sessions` also ends the session at Apache."""
    sign_in(browser)
    provider.admin('user', 'end-sessions', NAME)
    wait_for_logout(browser)


def wait_for_logout(browser):
    """The site asks for a new sign-in as soon as the logout token has arrived."""
    def is_asked():
        open_protected(browser)
        return browser.heading() == 'Sign in'
    browser.wait(is_asked, 'the logout of this site')
