"""The flow as a person walks through it."""
import re

import requests
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from callback import Callback
from chromium import Browser
from conftest import REDIRECT_URI


def redeem(stack, code):
    return requests.post(stack.base + '/oauth/tokenize', auth=('test_client', 'password'), timeout=20,
                         data={'grant_type': 'authorization_code', 'code': code, 'redirect_uri': REDIRECT_URI})


def test_approve(stack, browser, landing):
    """STILE-browser-14 Log in, approve: the browser lands at the client with state, code and scope, and the code works."""
    browser.open(f'{stack.base}/oauth/authorize?client_id=test_client&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect'
                 '&response_type=code&state=somestate&scope=email')
    browser.log_in('admin', 'admin')
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    answer = landing.wait()
    browser.wait_for_heading('Landed')
    assert re.fullmatch(r'https://www\.example\.com/redirect\?state=somestate&code=[A-Za-z0-9]{42}&scope=email&iss=.*',
                        browser.driver.current_url)
    assert answer['iss'] == stack.base
    tokens = redeem(stack, answer['code']).json()
    assert set(tokens) == {'expires_in', 'refresh_token_expires_in', 'access_token', 'refresh_token', 'scope', 'token_type'}
    assert (len(tokens['access_token']), len(tokens['refresh_token'])) == (42, 48)


def test_deny(stack, browser, landing):
    """STILE-browser-15 Log in, deny: the browser lands at the client with access_denied and state, and no code exists."""
    browser.open(stack.flow())
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    before = stack.codes()
    browser.press('Deny')
    answer = landing.wait()
    assert answer['error'] == 'access_denied' and answer['state'] == 'somestate' and answer['iss'] == stack.base
    assert 'code' not in answer and stack.codes() == before
    browser.wait_for_heading('Landed')
    assert browser.driver.current_url.startswith(REDIRECT_URI + '?error=access_denied&state=somestate')


def test_home_page(stack, browser):
    """STILE-run-1 The home page describes this server and links to the flow."""
    browser.open(stack.base + '/')
    assert browser.heading() == 'Stile is running'
    assert stack.base in browser.text()
    browser.press('Start the flow')
    browser.log_in()
    browser.wait_for_heading('Allow access?')


def test_consent_names_everything(stack, browser):
    """STILE-consent-1 The consent page names the client, the user, the destination and each scope with its description."""
    browser.open(stack.flow(scope='email profile'))
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    for words in ('Example Application', 'Signed in as admin', 'www.example.com', 'See your email address',
                  'See your name and profile'):
        assert words in browser.text()


def test_wrong_password(stack, browser, landing):
    """STILE-login-1 A wrong password shows an error linked to its field, keeps the user name and can be corrected."""
    browser.open(stack.flow())
    browser.log_in('admin', 'wrong')
    alert = browser.wait(lambda: browser.all('[role=alert]'), 'an alert')[0]
    assert alert.text == 'That username and password do not match.'
    password = browser.field('Password')
    assert password.get_attribute('aria-describedby') == alert.get_attribute('id')
    assert password.get_attribute('aria-invalid') == 'true'
    assert password.get_attribute('value') == ''
    assert browser.active() == password
    assert browser.field('Username').get_attribute('value') == 'admin'
    assert browser.driver.title.startswith('Error: ')
    password.send_keys('admin', Keys.ENTER)
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    assert landing.wait()['state'] == 'somestate'


def test_unknown_user_looks_like_wrong_password(stack, browser):
    """STILE-login-2 An unknown user gets the same response as a wrong password."""
    browser.open(stack.flow())
    browser.log_in('nobody-by-that-name', 'wrong')
    browser.wait(lambda: browser.all('[role=alert]'), 'an alert')
    assert browser.all('[role=alert]')[0].text == 'That username and password do not match.'


def focus_order(browser, steps):
    """The elements that the Tab key reaches, by their accessible names."""
    names = []
    for _ in range(steps):
        names.append(browser.active().accessible_name)
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
    return names


def test_login_by_keyboard(stack, browser):
    """STILE-browser-2 Login works by keyboard: the first field has the focus, Tab goes in order, Enter submits."""
    browser.open(stack.flow())
    browser.wait_for_heading('Sign in')
    assert focus_order(browser, 3) == ['Username', 'Password', 'Sign in']
    browser.field('Username').send_keys('admin', Keys.TAB, 'admin', Keys.ENTER)
    browser.wait_for_heading('Allow access?')


def test_consent_by_keyboard(stack, browser, landing):
    """STILE-browser-3 Consent works by keyboard, in the order of the page; each focused element is visibly focused."""
    browser.open(stack.flow())
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    order = []
    for _ in range(4):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        order.append(browser.active().accessible_name)
        assert browser.run('return getComputedStyle(document.activeElement).outlineStyle') != 'none'
    assert order == ['Use another account', 'Do not ask again for this application and these permissions', 'Deny', 'Approve']
    browser.active().send_keys(Keys.ENTER)
    assert 'code' in landing.wait()


def test_enter_in_the_checkbox_decides_nothing(stack, browser, landing):
    """STILE-consent-2 Enter in the checkbox neither approves nor denies."""
    browser.open(stack.flow())
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    before = stack.codes()
    box = browser.all('input[type=checkbox]')[0]
    box.send_keys(Keys.SPACE)
    box.send_keys(Keys.ENTER)
    # The next answer would come after one that Enter had caused.
    assert browser.heading() == 'Allow access?' and box.is_selected() and stack.codes() == before
    browser.press('Deny')
    assert landing.wait()['error'] == 'access_denied'
    assert landing.nothing_more()


def test_already_logged_in(stack, browser, landing):
    """STILE-login-3 A user who is logged in goes directly to consent."""
    browser.open(stack.flow())
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    first = landing.wait()
    browser.open(stack.flow(state='another'))
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    second = landing.wait()
    assert second['state'] == 'another' and second['code'] != first['code']


def test_remember(stack, browser, landing):
    """STILE-consent-3 The remember box, off by default, skips consent next time only for the same client and scopes."""
    client, other = stack.new_client(), stack.new_client()
    browser.open(stack.flow(client, scope='email profile'))
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    box = browser.all('input[type=checkbox]')[0]
    assert not box.is_selected()
    box.click()
    browser.press('Approve')
    first = landing.wait()
    browser.open(stack.flow(client, scope='email', state='again'))
    again = landing.wait()
    assert (again['state'], again['scope']) == ('again', 'email') and again['code'] != first['code']
    for more in (stack.flow(client, scope='email openid'), stack.flow(other)):
        browser.open(more)
        browser.wait_for_heading('Allow access?')


def test_denying_remembers_nothing(stack, browser, landing):
    """STILE-consent-4 The remember box has an effect only on an approval."""
    client = stack.new_client()
    browser.open(stack.flow(client))
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.all('input[type=checkbox]')[0].click()
    browser.press('Deny')
    assert 'error' in landing.wait()
    browser.open(stack.flow(client))
    browser.wait_for_heading('Allow access?')


def test_remembered_after_login(stack, browser, landing):
    """STILE-consent-5 A remembered consent is also valid after the next login."""
    client = stack.new_client()
    browser.open(stack.flow(client))
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.all('input[type=checkbox]')[0].click()
    browser.press('Approve')
    landing.wait()
    browser.command('Network.clearBrowserCookies')
    browser.open(stack.flow(client, state='after login'))
    browser.log_in()
    assert landing.wait()['state'] == 'after login'


def test_another_account(stack, browser, landing):
    """STILE-login-4 "Use another account" asks for a login again and continues the same request as the other user."""
    stack.admin('user', 'add', 'bob', '--subject', 'sub-of-bob', '--password', 'builder')
    browser.open(stack.flow())
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    assert 'Signed in as admin' in browser.text()
    browser.press('Use another account')
    browser.log_in('bob', 'builder')
    browser.wait_for_heading('Allow access?')
    assert 'Signed in as bob' in browser.text()
    browser.press('Approve')
    tokens = redeem(stack, landing.wait()['code']).json()
    assert 'sub: sub-of-bob\n' in stack.admin('token', 'show', tokens['access_token'])


def test_loopback_redirect(stack, browser):
    """STILE-consent-6 A redirect to an application on this device works, is labelled as such, and is never remembered."""
    with Callback('/callback') as callback:
        redirect_uri = f'http://127.0.0.1:{callback.port}/callback'
        client = stack.new_client(redirect_uri=redirect_uri)
        browser.open(stack.flow(client, redirect_uri))
        browser.log_in()
        browser.wait_for_heading('Allow access?')
        assert 'an application on this device (127.0.0.1)' in browser.text()
        assert browser.all('input[type=checkbox]') == []
        browser.press('Approve')
        assert 'code' in callback.wait()


def test_redirect_chain_of_the_client(stack, browser):
    """STILE-browser-4 The pages' policy allows redirects to clients: by http on this device, by https to any host."""
    with Callback('/second') as second, Callback('/first', location=f'http://127.0.0.1:{second.port}/second?a=b') as first:
        redirect_uri = f'http://127.0.0.1:{first.port}/first'
        client = stack.new_client(redirect_uri=redirect_uri)
        browser.open(stack.flow(client, redirect_uri))
        browser.log_in()
        browser.wait_for_heading('Allow access?')
        browser.press('Approve')
        assert 'code' in first.wait() and second.wait() == {'a': 'b'}
        browser.wait_for_heading('Landed')


def test_native_scheme(stack, hosts):
    """STILE-browser-5 The pages' policy allows a redirect to a native application's scheme."""
    redirect_uri = 'com.example.app:/redirect'
    client = stack.new_client(redirect_uri=redirect_uri)
    # Needs its own browser: Chromium's prompt whether to open an application stays and takes the following clicks.
    with Browser(hosts) as browser:
        browser.open(stack.flow(client, redirect_uri))
        browser.log_in()
        browser.wait_for_heading('Allow access?')
        assert 'an application on this device (com.example.app:)' in browser.text()
        before = stack.codes()
        browser.press('Approve')
        # No program here opens that scheme; a redirect that the policy blocks would cause a console message.
        browser.wait(lambda: stack.codes() != before, 'a code')
        assert browser.complaints() == []
