"""Back, reload, double clicks, several tabs, and requests that expire: nothing breaks and no second code is issued."""
import pytest
import requests
from selenium.webdriver.common.action_chains import ActionChains

from conftest import REDIRECT_URI


def begin(stack, browser, **parameters):
    """Up to the consent page."""
    browser.open(stack.flow(**parameters))
    browser.log_in()
    browser.wait_for_heading('Allow access?')


def redeem(stack, code):
    return requests.post(stack.base + '/oauth/tokenize', auth=('test_client', 'password'), timeout=20,
                         data={'grant_type': 'authorization_code', 'code': code, 'redirect_uri': REDIRECT_URI})


def go_back(browser, part_of_url):
    browser.driver.back()
    browser.wait(lambda: part_of_url in browser.driver.current_url, part_of_url)


def test_approve_again_after_back(stack, browser, landing):
    """STILE-history-1 Back after approval and Approve again redirects to the client with the same code; no second code
    is issued."""
    begin(stack, browser)
    before = stack.codes()
    browser.press('Approve')
    first = landing.wait()
    browser.wait_for_heading('Landed')
    go_back(browser, '/approve')
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    assert landing.wait() == first
    assert len(stack.codes() - before) == 1
    assert redeem(stack, first['code']).status_code == 200


def test_back_after_the_code_is_used(stack, browser, landing):
    """STILE-history-2 Back after the code was redeemed and Approve again says that the request was answered; the tokens
    stay valid."""
    begin(stack, browser)
    browser.press('Approve')
    tokens = redeem(stack, landing.wait()['code']).json()
    browser.wait_for_heading('Landed')
    go_back(browser, '/approve')
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    browser.wait_for_heading('You have already answered')
    assert 'go back to Example Application' in browser.text()
    refreshed = requests.post(stack.base + '/oauth/tokenize', auth=('test_client', 'password'), timeout=20,
                              data={'grant_type': 'refresh_token', 'refresh_token': tokens['refresh_token']})
    assert refreshed.status_code == 200


@pytest.mark.parametrize('first, then', [('Approve', 'Deny'), ('Deny', 'Approve')])
def test_back_and_the_other_answer(stack, browser, landing, first, then):
    """STILE-history-3 Back and the other answer says that the request was answered; the first answer is final."""
    begin(stack, browser)
    browser.press(first)
    landing.wait()
    browser.wait_for_heading('Landed')
    codes = stack.codes()
    go_back(browser, '/approve')
    browser.wait_for_heading('Allow access?')
    browser.press(then)
    browser.wait_for_heading('You have already answered')
    assert landing.nothing_more() and stack.codes() == codes


def test_reload_after_back(stack, browser, landing):
    """STILE-history-4 A reload of the answered consent page says that the request was answered."""
    begin(stack, browser)
    browser.press('Approve')
    landing.wait()
    browser.wait_for_heading('Landed')
    go_back(browser, '/approve')
    browser.driver.refresh()
    browser.wait_for_heading('You have already answered')


def test_reload_everywhere(stack, browser, landing):
    """STILE-history-5 Reload of the login page, of its error and of the consent page shows the same page, which works."""
    browser.open(stack.flow())
    browser.wait_for_heading('Sign in')
    browser.driver.refresh()
    browser.log_in('admin', 'wrong')
    browser.wait(lambda: browser.all('[role=alert]'), 'an alert')
    browser.driver.refresh()
    browser.wait(lambda: browser.all('[role=alert]'), 'the alert again')
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.driver.refresh()
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    assert landing.wait()['state'] == 'somestate'
    browser.wait_for_heading('Landed')
    browser.driver.refresh()
    browser.wait_for_heading('Landed')


def test_log_in_again_after_back(stack, browser, landing):
    """STILE-history-6 Back from consent to the login page and logging in again continues the same request."""
    begin(stack, browser)
    go_back(browser, '/')
    # From the cache it is the form; reloaded it continues to consent by itself.
    if browser.heading() == 'Sign in':
        browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    assert landing.wait()['state'] == 'somestate'


def test_forward_after_back(stack, browser, landing):
    """STILE-history-7 Back and forward again redirects to the client with the same code."""
    begin(stack, browser)
    browser.press('Approve')
    first = landing.wait()
    browser.wait_for_heading('Landed')
    go_back(browser, '/approve')
    browser.driver.forward()
    browser.wait_for_heading('Landed')
    assert landing.nothing_more() or landing.wait() == first


def test_double_click(stack, browser, landing):
    """STILE-history-8 A double click on Approve issues one code, and the browser is redirected with it."""
    begin(stack, browser)
    before = stack.codes()
    ActionChains(browser.driver).double_click(browser.one('//button[normalize-space()="Approve"]')).perform()
    browser.wait_for_heading('Landed')
    first = landing.wait()
    assert first['code'] in browser.driver.current_url
    assert landing.nothing_more() or landing.wait() == first
    assert len(stack.codes() - before) == 1
    assert redeem(stack, first['code']).status_code == 200


def test_double_click_on_sign_in(stack, browser, landing):
    """STILE-history-9 A double click on Sign in leads to consent, which works."""
    browser.open(stack.flow())
    browser.wait_for_heading('Sign in')
    browser.fill('Username', 'admin')
    browser.fill('Password', 'admin')
    ActionChains(browser.driver).double_click(browser.one('//button[normalize-space()="Sign in"]')).perform()
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    assert 'code' in landing.wait()


def test_two_tabs_from_the_login_page(stack, browser, landing):
    """STILE-tabs-1 Two tabs, both logging in before either approves, each finish their own request."""
    first_tab = browser.driver.current_window_handle
    browser.open(stack.flow(state='first'))
    browser.wait_for_heading('Sign in')
    browser.new_tab()
    browser.open(stack.flow(state='second'))
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    second_tab = browser.driver.current_window_handle
    browser.driver.switch_to.window(first_tab)
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    assert landing.wait()['state'] == 'first'
    browser.driver.switch_to.window(second_tab)
    # The login after this page was shown makes it ask once more.
    shown = browser.one('//form')
    browser.press('Approve')
    browser.wait_for_change_of(shown)
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    assert landing.wait()['state'] == 'second'


def test_two_tabs_from_the_consent_page(stack, browser, landing):
    """STILE-tabs-2 Two tabs of one login each finish their own request, in any order and with different answers."""
    first_tab = browser.driver.current_window_handle
    begin(stack, browser, state='first')
    browser.new_tab()
    browser.open(stack.flow(state='second', scope='profile'))
    browser.wait_for_heading('Allow access?')
    assert 'See your name and profile' in browser.text()
    second_tab = browser.driver.current_window_handle
    browser.driver.switch_to.window(first_tab)
    assert 'See your email address' in browser.text()
    browser.press('Approve')
    first = landing.wait()
    browser.driver.switch_to.window(second_tab)
    browser.press('Deny')
    second = landing.wait()
    assert (first['state'], first['scope']) == ('first', 'email')
    assert (second['state'], second['error']) == ('second', 'access_denied')


def test_login_in_one_tab_serves_the_other(stack, browser, landing):
    """STILE-tabs-3 A login page in one tab, reloaded after a login in another, continues with consent."""
    first_tab = browser.driver.current_window_handle
    browser.open(stack.flow(state='first'))
    browser.wait_for_heading('Sign in')
    browser.new_tab()
    begin(stack, browser, state='second')
    browser.driver.switch_to.window(first_tab)
    browser.driver.refresh()
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    assert landing.wait()['state'] == 'first'


def test_another_user_in_another_tab(stack, browser, landing):
    """STILE-tabs-4 An approval by one user is never valid for another user who has logged in meanwhile in another tab."""
    stack.admin('user', 'add', 'carol', '--password', 'singer')
    first_tab = browser.driver.current_window_handle
    begin(stack, browser, state='first')
    before = stack.codes()
    browser.new_tab()
    browser.open(stack.flow(state='second'))
    browser.wait_for_heading('Allow access?')
    browser.press('Use another account')
    browser.log_in('carol', 'singer')
    browser.wait(lambda: 'Signed in as carol' in browser.text(), 'carol')
    browser.driver.switch_to.window(first_tab)
    assert 'Signed in as admin' in browser.text()
    browser.press('Approve')
    browser.wait(lambda: 'Signed in as carol' in browser.text(), 'the question to carol')
    assert landing.nothing_more() and stack.codes() == before


def test_many_tabs(stack, browser, landing):
    """STILE-tabs-5 Twelve pending requests in one browser are all completed."""
    begin(stack, browser, state='0')
    tabs = {'0': browser.driver.current_window_handle}
    for state in map(str, range(1, 12)):
        tabs[state] = browser.new_tab()
        browser.open(stack.flow(state=state))
    for state, tab in tabs.items():
        browser.driver.switch_to.window(tab)
        browser.wait_for_heading('Allow access?')
        browser.press('Approve')
        assert landing.wait()['state'] == state


def test_expired_request(stack, browser):
    """STILE-browser-6 A request that has expired meanwhile shows a page that explains it and what to do."""
    begin(stack, browser)
    request = browser.driver.current_url.partition('request=')[2]
    assert stack.redis('DEL', f'request:{{{request}}}', f'request:{request}') == '1'
    browser.press('Approve')
    browser.wait(lambda: 'Go back to the application and start again.' in browser.text(), 'what to do')


def test_expired_login(stack, browser):
    """STILE-browser-7 A login that has expired meanwhile shows a page that explains it and what to do."""
    browser.open(stack.flow())
    browser.wait_for_heading('Sign in')
    request = browser.driver.current_url.partition('request=')[2]
    assert stack.redis('DEL', f'request:{{{request}}}', f'request:{request}') == '1'
    browser.log_in()
    browser.wait(lambda: 'Go back to the application and start again.' in browser.text(), 'what to do')


def test_session_ends_before_the_answer(stack, browser, landing):
    """STILE-login-5 A user whose login ends before the answer logs in again and is asked again."""
    begin(stack, browser)
    stack.redis('DEL', *stack.redis('KEYS', 'session:*').split())
    browser.press('Approve')
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    assert landing.nothing_more()
    browser.press('Approve')
    assert 'code' in landing.wait()
