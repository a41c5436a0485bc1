"""Cookies: their attributes, their scope, and cookies that no browser should send (ASVS V3.3)."""
import pytest

from attacker import RunningStack, nothing_issued, refused_with_page


def cookies_of_a_login(stack, web):
    browser = stack.browser()
    request = browser.get(stack.request_of(web))
    session = browser.log_in(request.location, 'alice')
    return cookies_of(request, session)


def cookies_of(request, logged_in):
    session, known_browser = logged_in.all('set-cookie')
    return {'request': request.header('set-cookie'), 'session': session, 'browser': known_browser}


@pytest.mark.parametrize('which', ['request', 'session', 'browser'])
def test_flags(stack, web, which):
    """STILE-flow-33"""
    cookie = cookies_of_a_login(stack, web)[which]
    _, *attributes = cookie.split('; ')
    assert 'HttpOnly' in attributes
    assert 'SameSite=Lax' in attributes
    assert 'Path=/' in attributes
    assert not any(attribute.startswith('Domain') for attribute in attributes)
    assert len(attributes) == 4 and any(attribute.startswith('Max-Age=') for attribute in attributes)


@pytest.fixture(scope='module')
def https():
    with RunningStack(STILE_ISSUER='https://login.example') as stack:
        stack.admin('user', 'add', 'alice', '--password', 'alice')
        yield stack


@pytest.mark.parametrize('which', ['request', 'session', 'browser'])
def test_flags_on_https(https, which):
    """STILE-flow-34"""
    client, browser = https.client(), https.browser()
    request = browser.get(https.request_of(client))
    cookie = cookies_of(request, browser.log_in(request.location, 'alice'))[which]
    assert cookie.startswith('__Host-stile_')
    for attribute in ('Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'):
        assert attribute in cookie.split('; ')
    assert 'Domain' not in cookie


def test_on_https_a_cookie_without_the_prefix_is_not_believed(https):
    """STILE-flow-34 another host of the domain can set any cookie name except one with __Host-"""
    client, browser = https.client(), https.browser()
    target = browser.begin(client)
    browser.log_in(target, 'alice')
    assert browser.begin(client).startswith('/approve?')
    browser.cookies = {name.removeprefix('__Host-'): value for name, value in browser.cookies.items()}
    assert browser.begin(client).startswith('/login?')


def test_a_planted_second_cookie_does_not_take_over(stack, web):
    """STILE-security-12 cookie tossing"""
    alice, bob = stack.browser('alice'), stack.browser('bob')
    target = alice.begin(web)
    both = '; '.join(f'stile_session={browser.cookies["stile_session"]}' for browser in (alice, bob))
    request = target.rpartition('=')[2]
    own = f'stile_request_{request}={alice.cookies["stile_request_" + request]}'
    consent = alice.get(target, {'Cookie': f'{both}; {own}'})
    assert ('<bdi>alice</bdi>' in consent.body) != ('<bdi>bob</bdi>' in consent.body)
    # Whichever it is, the form is not valid for the other one.
    with nothing_issued(stack):
        answer = bob.post(target, {'csrf_token': consent.csrf_token, 'approval': '1'})
        refused_with_page(answer)


GUESSES = {'empty': '', 'wrong': 'A' * 24, 'short': 'A' * 23, 'long': 'A' * 25, 'glob': '*' * 24,
           'quoted': '"' + 'A' * 22 + '"'}


@pytest.mark.parametrize('how', GUESSES)
def test_a_guessed_request_cookie_opens_nothing(stack, web, how):
    """STILE-flow-11"""
    victim = stack.browser('alice')
    request = victim.begin(web).rpartition('=')[2]
    thief = stack.browser('bob')
    thief.cookies[f'stile_request_{request}'] = GUESSES[how]
    for path in ('/login', '/approve'):
        refused_with_page(thief.get(f'{path}?request={request}'))


def test_nothing_in_redis_works_as_a_request_cookie(stack, web):
    """STILE-security-6"""
    victim = stack.browser('alice')
    request = victim.begin(web).rpartition('=')[2]
    digest = stack.redis('HGET', f'request:{{{request}}}', 'secret_sha256')
    for guess in (digest, digest[:24]):
        thief = stack.browser('bob')
        thief.cookies[f'stile_request_{request}'] = guess
        refused_with_page(thief.get(f'/approve?request={request}'))


def test_cookies_of_others_and_rubbish_do_no_harm(stack, web):
    """STILE-cookie-1"""
    good = stack.browser('alice').cookies['stile_session']
    for rubbish in (';;;', '=', 'a', '=x; ', ' ; , ', 'a=b' * 100, '"', 'stile_session'):
        answer = stack.send('GET', stack.request_of(web), headers={'Cookie': f'{rubbish}; stile_session={good}'})
        assert answer.location.startswith('/approve?'), rubbish


def test_a_browser_full_of_requests_is_not_locked_out(stack, web):
    """STILE-flow-35 cookie bombing: another site opens the authorize page again and again"""
    browser = stack.browser('alice')
    for _ in range(40):
        browser.begin(web)
    assert len([name for name in browser.cookies if name.startswith('stile_request_')]) <= 17
    assert 'code' in browser.approve(browser.begin(web)).returned


def test_every_page_survives_a_request_without_cookies(stack):
    """STILE-flow-12"""
    for method in ('GET', 'POST'):
        for path in ('/login', '/approve', '/oauth/authorize', '/login?request=aaaaaaaaaaaa',
                     '/approve?request=aaaaaaaaaaaa'):
            refused_with_page(stack.send(method, path, b'' if method == 'POST' else None))
