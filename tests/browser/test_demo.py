"""The demo of make run: a client and an API that use Stile over HTTP."""
import concurrent.futures
import re

import pytest
import requests

GREETING = 'Hello, admin! This is a protected route.'
NOT_ASKED_FOR = 'This response was not requested'


def get(url, **more):
    return requests.get(url, timeout=20, allow_redirects=False, **more)


class Person:
    """A browser without scripts, for logins."""

    def __init__(self, stack):
        self.stack = stack
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path, **more):
        return self.session.get(self.stack.base + path, timeout=20, **more)

    def post(self, path, **form):
        return self.session.post(self.stack.base + path, data=form, timeout=20, allow_redirects=False)

    def token_of(self, page):
        return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]

    def answer(self):
        """The URL of the callback after begin, login and approval."""
        page = self.get('/demo/begin')
        page = self.session.post(page.url, timeout=20, data={'csrf_token': self.token_of(page), 'username': 'admin',
                                                             'password': 'admin'})
        page = self.session.post(page.url, timeout=20, allow_redirects=False,
                                 data={'csrf_token': self.token_of(page), 'approval': '1'})
        return page.headers['Location']

    def log_in(self):
        """The profile page."""
        page = self.session.get(self.answer(), timeout=20)
        assert GREETING in page.text.replace('&quot;', '"')
        return page


def dance(stack, browser):
    """From the demo's first page to its profile."""
    browser.open(stack.base + '/demo/')
    browser.press('Begin')
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    browser.wait_for_heading('Profile')


def said(browser, member):
    """The value that the page shows for a member of the token response."""
    return browser.one(f'//li[code="{member}"]/span').text


def drop_complaint(browser, status):
    """Removes the console's message about an expected error page; there must be no other."""
    complaints = browser.complaints()
    assert len(complaints) == 1 and f'a status of {status}' in complaints[0], complaints


def test_whole_flow(stack, browser):
    """STILE-demo-1 From the home page to a protected resource: begin, log in, approve, and the profile greets by name."""
    browser.open(stack.base + '/')
    browser.press('Try the demo')
    browser.wait_for_heading('Demo client')
    browser.press('Begin')
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    assert 'Demo client' in browser.text() and 'See your email address' in browser.text()
    browser.press('Approve')
    browser.wait_for_heading('Profile')
    assert browser.driver.current_url == stack.base + '/demo/profile'
    assert GREETING in browser.text()
    assert (said(browser, 'token_type'), said(browser, 'expires_in')) == ('Bearer', '300 s')
    assert said(browser, 'scope').split() == ['profile', 'email']
    for member in ('access_token', 'refresh_token'):
        assert re.fullmatch(r'[A-Za-z0-9]{18}…', said(browser, member))


def test_authorization_request(stack):
    """STILE-demo-2 The browser is sent to the provider with state and PKCE S256, new ones each time."""
    targets = [get(stack.base + '/demo/begin').headers['Location'] for _ in range(2)]
    assert all(target.startswith(stack.base + '/oauth/authorize?response_type=code&client_id=demo&') for target in targets)
    assert all('&scope=profile%20email&' in target and '&code_challenge_method=S256' in target for target in targets)
    for name in ('state', 'code_challenge'):
        values = [re.search(rf'&{name}=([A-Za-z0-9_-]{{43}})&', target)[1] for target in targets]
        assert values[0] != values[1]


def test_refresh(stack, browser):
    """STILE-demo-3 Refresh shows the beginnings of new tokens, and the API admits the new one."""
    dance(stack, browser)
    before = {member: said(browser, member) for member in ('access_token', 'refresh_token')}
    browser.press('Refresh')
    browser.wait(lambda: 'Refreshed so far: 1' in browser.text(), 'the refreshed profile')
    assert GREETING in browser.text()
    assert all(said(browser, member) != shown for member, shown in before.items())


def test_revoke(stack, browser):
    """STILE-demo-4 Revoke makes the API refuse the token; the page says so and offers to begin again, which works."""
    dance(stack, browser)
    token = said(browser, 'access_token').rstrip('…')
    browser.press('Revoke')
    browser.wait(lambda: 'You revoked the tokens' in browser.text(), 'the refusal')
    assert '401 Bearer realm="stile", error="invalid_token"' in browser.text() and GREETING not in browser.text()
    for family in ('access', 'refresh', 'grant'):
        assert stack.redis('KEYS', f'{family}:{{{token[:12]}}}*') == ''
    browser.press('Begin again')
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    browser.wait_for_heading('Profile')
    assert GREETING in browser.text()


def test_revoked_elsewhere(stack, browser):
    """STILE-demo-5 Tokens that were revoked elsewhere: the profile shows the 401 of the API and offers to begin again."""
    dance(stack, browser)
    grant = said(browser, 'access_token')[:12]
    stack.redis('DEL', *stack.redis('KEYS', f'*{{{grant}}}*').split())
    browser.driver.refresh()
    browser.wait(lambda: 'has expired or was revoked' in browser.text(), 'the refusal')
    assert '401 Bearer' in browser.text() and browser.one('//a[normalize-space()="Begin again"]').is_displayed()


def test_expired_refresh_token(stack, browser):
    """STILE-demo-6 An expired refresh token is a page that says so and leads to a new login; it is not tried twice."""
    dance(stack, browser)
    grant = said(browser, 'refresh_token')[:12]
    stack.redis('DEL', *stack.redis('KEYS', f'refresh:{{{grant}}}*').split())
    browser.press('Refresh')
    browser.wait_for_heading('The refresh token is no longer valid')
    assert 'invalid_grant' in browser.text()
    drop_complaint(browser, 400)
    browser.open(stack.base + '/demo/profile')
    assert browser.all('button[formaction=refresh]') == []
    browser.press('Sign out')
    browser.wait_for_heading('Demo client')


def test_deny(stack, browser):
    """STILE-demo-7 After Deny the demo says that it received nothing, and one can begin again."""
    browser.open(stack.base + '/demo/')
    browser.press('Begin')
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.press('Deny')
    browser.wait_for_heading('You denied access')
    browser.open(stack.base + '/demo/profile')
    browser.wait_for_heading('Demo client')
    browser.press('Begin')
    browser.wait_for_heading('Allow access?')


def test_forged_state(stack, browser):
    """STILE-demo-8 A state that this browser did not begin with is refused, and a pending login still works."""
    browser.open(stack.base + '/demo/begin')
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    consent = browser.driver.current_url
    browser.open(f'{stack.base}/demo/callback?state={"x" * 43}&code={"y" * 42}&iss={stack.base}')
    browser.wait_for_heading(NOT_ASKED_FOR)
    drop_complaint(browser, 400)
    browser.open(consent)
    browser.press('Approve')
    browser.wait_for_heading('Profile')


def test_callback_of_another_browser(stack, browser):
    """STILE-demo-9 The callback of another browser is refused: it would sign the user in to another account."""
    planted = Person(stack).answer()
    browser.open(stack.base + '/demo/')
    browser.open(planted)
    browser.wait_for_heading(NOT_ASKED_FOR)
    drop_complaint(browser, 400)
    dance(stack, browser)
    browser.open(planted)
    browser.wait_for_heading(NOT_ASKED_FOR)
    drop_complaint(browser, 400)


def test_callback_twice(stack):
    """STILE-demo-10 A callback works once."""
    person = Person(stack)
    answer = person.answer()
    assert person.session.get(answer, timeout=20).status_code == 200
    again = person.session.get(answer, timeout=20)
    assert again.status_code == 400 and NOT_ASKED_FOR in again.text


@pytest.mark.parametrize('change', [r'&iss=http%3A%2F%2Fevil.example', ''])
def test_wrong_issuer(stack, change):
    """STILE-demo-11 A response with another issuer, or without the announced one, is refused before its code is used."""
    person = Person(stack)
    answer = re.sub(r'&iss=[^&]*', change, person.answer())
    code = re.search(r'&code=([^&]*)', answer)[1]
    page = person.session.get(answer, timeout=20)
    assert page.status_code == 400 and 'another provider' in page.text
    assert stack.redis('EXISTS', f'code:{{{code[:12]}}}{code[12:18]}') == '1'


@pytest.mark.parametrize('query', ['', 'state=a&state=b', 'code=%zz', 'state=' + 'x' * 2000])
def test_malformed_callback(stack, query):
    """STILE-demo-12 A malformed callback is a 400 page."""
    page = get(f'{stack.base}/demo/callback?{query}')
    assert page.status_code == 400 and 'Begin again' in page.text


def test_forms(stack):
    """STILE-demo-13 Refresh, revoke and log out accept only forms with the CSRF token of this browser."""
    person, stranger = Person(stack), Person(stack)
    token = person.token_of(person.log_in())
    foreign = stranger.token_of(stranger.log_in())
    for path in ('/demo/refresh', '/demo/revoke', '/demo/logout'):
        assert person.get(path).status_code == 405
        assert person.post(path).status_code == 400
        assert person.post(path, csrf_token=foreign).status_code == 403
        assert requests.post(stack.base + path, data={'csrf_token': token}, timeout=20).status_code == 403
    page = person.get('/demo/profile')
    assert GREETING in page.text and 'Refreshed so far: 0' in page.text


def test_log_out(stack):
    """STILE-demo-14 Log out deletes the browser's session: its cookie no longer works."""
    person = Person(stack)
    token = person.token_of(person.log_in())
    cookie = person.session.cookies['stile_demo']
    answer = person.post('/demo/logout', csrf_token=token)
    assert answer.status_code == 303 and 'Max-Age=0' in answer.headers['Set-Cookie']
    assert get(stack.base + '/demo/profile', cookies={'stile_demo': cookie}).headers['Location'] == '/demo/'


def test_cookie(stack):
    """STILE-demo-15 The cookie is HttpOnly, SameSite=Lax and limited to /demo/, and a login gets a new one."""
    person = Person(stack)
    answer = person.answer()
    before = person.session.cookies['stile_demo']
    landed = person.session.get(answer, timeout=20, allow_redirects=False)
    assert re.fullmatch(r'stile_demo=[A-Za-z0-9]{43}; Path=/demo/; HttpOnly; SameSite=Lax', landed.headers['Set-Cookie'])
    assert person.session.cookies['stile_demo'] != before
    assert get(stack.base + '/demo/profile', cookies={'stile_demo': before}).headers['Location'] == '/demo/'


def test_secrecy(stack):
    """STILE-demo-16 No page and no log of the demo has a whole token, the code, the state or the client's secret."""
    person = Person(stack)
    answer = person.answer()
    code = re.search(r'&code=([^&]*)', answer)[1]
    state = re.search(r'[?&]state=([^&]*)', answer)[1]
    page = person.session.get(answer, timeout=20)
    again = person.session.get(answer, timeout=20)
    secret = (stack.dir / 'demo.secret').read_text()
    logs = ''.join(path.read_text(errors='replace') for path in (stack.dir / 'log').iterdir())
    for text in (page.text, again.text, logs, (stack.dir / 'stile.env').read_text()):
        assert not any(hidden in text for hidden in (code, state, secret))
    assert not re.search(r'[A-Za-z0-9]{44,}', re.sub(r'<style>.*?</style>', '', page.text, flags=re.S))
    assert (stack.dir / 'demo.secret').stat().st_mode & 0o777 == 0o600


def test_headers(stack):
    """STILE-demo-17 The demo's pages have the security headers of Stile's own."""
    names = ('Cache-Control', 'X-Content-Type-Options', 'Referrer-Policy', 'X-Frame-Options', 'Content-Type')
    own, demo = get(stack.base + '/login'), get(stack.base + '/demo/')
    assert [demo.headers[name] for name in names] == [own.headers[name] for name in names]
    policy = own.headers['Content-Security-Policy'].replace("form-action 'none'", "form-action 'self'")
    assert demo.headers['Content-Security-Policy'] == policy


def test_refreshes_at_once(stack):
    """STILE-demo-18 Concurrent refreshes run one after the other: none sends a used token, and the grant lives on."""
    person = Person(stack)
    token = person.token_of(person.log_in())
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: person.post('/demo/refresh', csrf_token=token), range(4)))
    assert [answer.status_code for answer in answers] == [303] * 4
    page = person.get('/demo/profile')
    assert GREETING in page.text and 'Refreshed so far: 4' in page.text


def test_two_tabs(stack, browser):
    """STILE-demo-19 Two logins in two tabs of one browser both succeed."""
    first = browser.driver.current_window_handle
    browser.open(stack.base + '/demo/begin')
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.new_tab()
    browser.open(stack.base + '/demo/begin')
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    browser.wait_for_heading('Profile')
    browser.driver.switch_to.window(first)
    browser.press('Approve')
    browser.wait_for_heading('Profile')
    assert GREETING in browser.text()


def test_other_name_of_this_machine(stack, browser):
    """STILE-demo-20 A login begun under 127.0.0.1 ends under the registered name, with its cookie."""
    browser.open(f'http://127.0.0.1:{stack.port}/demo/')
    browser.press('Begin')
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    browser.wait_for_heading('Profile')
    assert GREETING in browser.text()
