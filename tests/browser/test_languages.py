"""The pages in the languages of their readers."""
import pytest

from chromium import Browser
from conftest import REDIRECT_URI

# Words with a line break inside, and elements that are wider than their container.
BROKEN = """
const broken = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.parentElement.checkVisibility() || node.parentElement.closest('style, code')) continue;
    for (const word of node.data.matchAll(/[^\\s-]+/g)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        if (range.getClientRects().length > 1) broken.push(word[0]);
    }
}
for (const element of document.querySelectorAll('body *'))
    if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display === 'block') broken.push(element.outerHTML);
const root = document.documentElement;
if (root.scrollWidth > root.clientWidth) broken.push('the page');
return broken;
"""

WORDS = {  # sign in, approve; of the alert, of the page of a broken link
    'en': ('Sign in', 'Approve', 'That username', 'This link does not work'),
    'de': ('Anmelden', 'Zustimmen', 'Benutzername und Passwort', 'Dieser Link funktioniert nicht'),
    'fr': ('Se connecter', 'Autoriser', 'Ce nom d’utilisateur', 'Ce lien ne fonctionne pas'),
}


@pytest.mark.parametrize('language', WORDS)
def test_words_are_fully_visible(stack, browser, language):
    """STILE-pages-8 In each language every word is fully visible on a phone: none is cut off or outside the screen."""
    sign_in, approve, alert, broken_link = WORDS[language]

    def look():
        assert browser.run('return document.documentElement.lang') == language
        for width in (320, 335, 1200):  # the scrollbar takes 15, on a phone nothing
            browser.set_width(width)
            assert browser.run(BROKEN) == []

    scope = 'openid profile email address phone offline_access read write other'
    client = f'all-scopes-{language}'
    stack.admin('client', 'add', '--id', client, '--secret', 'password', '--redirect-uri', REDIRECT_URI, '--scope', scope)
    browser.open(stack.flow(client, ui_locales=language, scope=scope))
    look()
    browser.one('//input[@id="username"]').send_keys('admin')
    browser.one('//input[@id="password"]').send_keys('wrong')
    browser.press(sign_in)
    browser.wait(lambda: alert in browser.text(), alert)
    look()
    browser.one('//input[@id="password"]').send_keys('admin')
    browser.press(sign_in)
    browser.wait(lambda: browser.one(f'//button[.="{approve}"]'), approve)
    look()
    browser.run('document.querySelector("[name=csrf_token]").value = "forged"')
    browser.press(approve)
    browser.wait(lambda: browser.all('[role=alert]'), 'an alert')
    look()
    browser.open(stack.flow('nobody', ui_locales=language))
    browser.wait_for_heading(broken_link)
    look()


def test_german_browser(stack, hosts, landing):
    """STILE-browser-16 A German browser reads German from the login to the client, errors and the way back included."""
    landing.forget()
    with Browser(hosts, {'intl.accept_languages': 'de-AT,de,en'}) as browser:
        browser.open(stack.flow(scope='email profile'))
        browser.wait_for_heading('Anmelden')
        assert browser.driver.title == 'Anmeldung für Example Application'
        assert 'Weiter zu Example Application' in browser.text()
        browser.fill('Benutzername', 'admin')
        browser.fill('Passwort', 'wrong')
        browser.press('Anmelden')
        browser.wait(lambda: 'Benutzername und Passwort passen nicht zusammen.' in browser.text(), 'the alert')
        assert browser.driver.title == 'Fehler: Anmeldung für Example Application'
        browser.fill('Passwort', 'admin')
        browser.press('Anmelden')
        browser.wait_for_heading('Zugriff erlauben?')
        for words in ('Example Application bittet um Ihre Zustimmung.', 'Angemeldet als admin', 'Ihre E-Mail-Adresse sehen',
                      'Ihren Namen und Ihr Profil sehen', '15 Minuten lang', 'Nach Ihrer Entscheidung geht Ihr Browser weiter zu www.example.com.'):
            assert words in browser.text()
        browser.press('Zustimmen')
        assert 'code' in landing.wait()
        browser.wait_for_heading('Landed')
        browser.driver.back()
        browser.driver.refresh()
        browser.wait_for_heading('Sie haben bereits geantwortet')
        assert 'Gehen Sie zurück zu Example Application.' in browser.text()
        browser.open(stack.base + '/login?request=000000000000')
        browser.wait_for_heading('Diese Anmeldung kann nicht fortgesetzt werden')
        assert browser.complaints() == []
