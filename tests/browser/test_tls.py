"""The flow over https, as `make run TLS=1` serves it, in a browser that checks certificates."""
import re
import shutil

import pytest

from chromium import Browser
from conftest import REDIRECT_URI, RunningStack
from stack import ROOT

GREETING = 'Hello, admin! This is a protected route.'


@pytest.fixture(scope='module')
def stack():
    with RunningStack(tls=True) as stack:
        yield stack


@pytest.fixture(scope='module')
def chromium(stack, landing, hosts):
    """A browser that trusts the CA of the run, and the certificate of the client's site."""
    with Browser(hosts, authorities=[stack.authority, landing.certificate]) as browser:
        yield browser


def cookies(browser):
    """{name: cookie} of all that the browser has kept."""
    return {cookie['name']: cookie for cookie in browser.command('Network.getAllCookies')['cookies']}


def test_flow(stack, browser, landing):
    """STILE-tls-16 A browser that trusts the CA logs in and approves over https; its cookies have Secure and the prefix
    __Host-."""
    browser.open(stack.flow())
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    assert browser.run('return window.isSecureContext') and browser.driver.current_url.startswith(stack.base + '/approve?')
    kept = cookies(browser)
    assert {'__Host-stile_session', '__Host-stile_browser'} <= set(kept)
    assert all(name.startswith('__Host-') and cookie['secure'] and cookie['httpOnly'] for name, cookie in kept.items())
    browser.press('Approve')
    answer = landing.wait()
    assert answer['iss'] == stack.base and len(answer['code']) == 42
    browser.wait_for_heading('Landed')
    assert browser.driver.current_url.startswith(REDIRECT_URI + '?state=somestate&code=')


def test_demo(stack, browser):
    """STILE-tls-17 The demo works over https: its client checks the certificate of the provider and of the API."""
    browser.open(stack.base + '/')
    browser.press('Try the demo')
    browser.press('Begin')
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    browser.wait_for_heading('Profile')
    assert browser.driver.current_url == stack.base + '/demo/profile' and GREETING in browser.text()
    assert cookies(browser)['stile_demo']['secure']
    browser.press('Refresh')
    browser.wait(lambda: 'Refreshed so far: 1' in browser.text(), 'the refreshed profile')
    browser.press('Revoke')
    browser.wait(lambda: '401' in browser.text(), 'the refusal of the API')


def test_plain_http(stack, browser):
    """STILE-tls-18 A browser that opens the port with http:// is redirected to the same page over https."""
    browser.open(f'http://localhost:{stack.port}/demo/')
    browser.wait_for_heading('Demo client')
    assert browser.driver.current_url == stack.base + '/demo/'


@pytest.fixture
def production(tmp_path):
    """A run whose server block has the add_header lines of the production page."""
    page = (ROOT / 'functions/package/README.md').read_text()
    lines = re.findall(r'^ *(add_header .*;)$', page, re.MULTILINE)
    assert [line.split()[1] for line in lines] == ['Strict-Transport-Security', 'Cross-Origin-Opener-Policy']
    for name in ('redis', 'functions'):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / 'nginx', tmp_path / 'nginx')
    path = tmp_path / 'nginx/stile.conf'
    # HSTS would keep this machine's browsers from every http port of localhost: a moment is enough.
    path.write_text('\n'.join(lines).replace('31536000', '1') + '\n' + path.read_text())
    with RunningStack(root=tmp_path, tls=True) as stack:
        yield stack


def test_production_headers(production, landing, hosts):
    """STILE-tls-30 With the headers of the production page a user logs in and consents, and the client gets its answer by redirect and by
    form_post."""
    with Browser(hosts, authorities=[production.authority, landing.certificate]) as browser:
        browser.open(production.flow())
        browser.log_in()
        browser.wait_for_heading('Allow access?')
        browser.press('Approve')
        assert len(landing.wait()['code']) == 42
        browser.wait_for_heading('Landed')
        browser.open(production.flow(response_mode='form_post', prompt='consent'))
        browser.wait_for_heading('Allow access?')
        browser.press('Approve')
        assert len(landing.wait()['code']) == 42
        browser.wait_for_heading('Landed')
        assert browser.driver.current_url == REDIRECT_URI


def test_browser_without_the_authority(stack):
    """STILE-tls-19 A browser that does not trust the CA shows none of the pages."""
    with Browser({}, authorities=[]) as stranger:
        stranger.open(stack.base + '/')
        assert 'ERR_CERT_AUTHORITY_INVALID' in stranger.text() and 'Stile is running' not in stranger.text()
