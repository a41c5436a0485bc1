"""Logout as a user does it: with or without confirmation, in one tab or two, from a link or from a form of another site."""
import pytest
import requests

from conftest import REDIRECT_URI
from stack import PATIENCE

# Makes the page post a form, as an application's "Sign out" button does.
POST_FORM = """
const form = document.createElement('form');
form.method = 'post';
form.action = arguments[0];
for (const [name, value] of Object.entries(arguments[1])) {
    const field = document.createElement('input');
    [field.type, field.name, field.value] = ['hidden', name, value];
    form.append(field);
}
document.body.append(form);
form.submit();
"""


class Application:
    """A client with a user who is signed in to it in this browser."""

    def __init__(self, stack, browser, landing):
        self.stack, self.browser, self.landing = stack, browser, landing
        self.id = stack.new_client('--name', 'The Shop')
        stack.redis('HSET', f'client:{self.id}', 'post_logout_redirect_uris', REDIRECT_URI)
        browser.open(stack.flow(self.id, scope='openid'))
        browser.log_in()
        browser.wait_for_heading('Allow access?')
        browser.press('Approve')
        code = landing.wait()['code']
        self.id_token = requests.post(stack.base + '/oauth/token', auth=(self.id, 'password'), timeout=PATIENCE, data={
            'grant_type': 'authorization_code', 'code': code, 'redirect_uri': REDIRECT_URI}).json()['id_token']
        browser.wait_for_heading('Landed')

    def sign_out_link(self, **parameters):
        return requests.Request('GET', self.stack.base + '/oauth/logout', params=parameters).prepare().url

    def ask(self):
        self.browser.open(self.sign_out_link(client_id=self.id, post_logout_redirect_uri=REDIRECT_URI, state='a&b'))
        self.browser.wait_for_heading('Sign out?')

    def is_signed_out(self):
        self.browser.open(self.stack.flow(self.id, scope='openid', prompt='none'))
        return self.landing.wait()['error'] == 'login_required'


@pytest.fixture
def shop(stack, browser, landing):
    return Application(stack, browser, landing)


def test_asked(shop, browser, landing):
    """STILE-browser-17 Without an ID token the user is asked, can stay signed in, and is redirected after signing out."""
    shop.ask()
    assert 'The Shop asks you to sign out.' in browser.text() and 'Signed in as admin' in browser.text()
    browser.press('Stay signed in')
    browser.wait_for_heading('You are still signed in')
    assert landing.nothing_more()
    shop.ask()
    browser.press('Sign out')
    assert landing.wait() == {'state': 'a&b'}
    browser.wait_for_heading('Landed')
    assert shop.is_signed_out()


def test_straight(shop, browser, landing):
    """STILE-browser-18 With its ID token an application signs its user out by a link, without a confirmation."""
    browser.open(shop.sign_out_link(id_token_hint=shop.id_token, post_logout_redirect_uri=REDIRECT_URI, state='s'))
    assert landing.wait() == {'state': 's'}
    assert browser.run('return document.referrer') == ''
    assert shop.is_signed_out()


def test_form_of_another_site(shop, browser, landing):
    """STILE-browser-19 A form of another site can sign the user out, although the browser sends no cookie with it."""
    assert browser.driver.current_url.startswith('https://www.example.com/')
    browser.run(POST_FORM, shop.stack.base + '/oauth/logout',
                {'id_token_hint': shop.id_token, 'post_logout_redirect_uri': REDIRECT_URI, 'state': 'x?'})
    assert landing.wait() == {'state': 'x?'}
    assert shop.is_signed_out()


def test_forged_form(shop, browser, landing):
    """STILE-browser-20 A forged form of another site gets the confirmation page and ends no session."""
    browser.run(POST_FORM, shop.stack.base + '/oauth/logout', {'csrf_token': 'x', 'logout': '1'})
    browser.wait_for_heading('Sign out?')
    assert 'Signed in as admin' in browser.text()


def test_two_tabs(shop, browser, landing):
    """STILE-browser-21 Of two tabs with the confirmation page the first redirects back; the second says that the user
    has signed out."""
    shop.ask()
    first = browser.driver.current_window_handle
    browser.new_tab()
    shop.ask()
    browser.press('Sign out')
    assert landing.wait() == {'state': 'a&b'}
    browser.driver.switch_to.window(first)
    browser.press('Sign out')
    browser.wait_for_heading('You have signed out')
    assert shop.is_signed_out()


def test_on_our_page(shop, browser):
    """STILE-browser-22 Without a redirect URI the browser ends on a page of Stile, and the back button shows no private
    page."""
    browser.open(shop.sign_out_link())
    browser.wait_for_heading('Sign out?')
    browser.press('Sign out')
    browser.wait_for_heading('You have signed out')
    browser.driver.back()
    browser.driver.refresh()
    browser.wait_for_heading('You have signed out')
    assert shop.is_signed_out()


def test_language(shop, browser):
    """STILE-language-13 All logout pages use the language that the application asks for."""
    for tag, heading, stay, stayed in (('de', 'Abmelden?', 'Angemeldet bleiben', 'Sie sind weiterhin angemeldet'),
                                       ('fr', 'Se déconnecter ?', 'Rester connecté', 'Vous êtes toujours connecté')):
        browser.open(shop.sign_out_link(ui_locales=f'xx {tag}'))
        browser.wait(lambda: browser.heading().replace('\u202f', ' ').replace('\xa0', ' ') == heading, heading)
        browser.press(stay)
        browser.wait_for_heading(stayed)
