"""The appearance and structure of the pages: readable for everyone, without scripts, on a phone and in dark mode."""
import pytest

from chromium import Browser

# Text with too little contrast to its background (WCAG 2.2, 1.4.3), and fields with too faint a border (1.4.11).
WEAK_CONTRAST = """
const rgba = text => { const n = text.match(/[\\d.]+/g).map(Number); return n.length === 3 ? [...n, 1] : n; };
const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const behind = element => {
    for (; element; element = element.parentElement) {
        const color = rgba(getComputedStyle(element).backgroundColor);
        if (color[3] === 1) return color;
    }
    throw new Error('no background');
};
const weak = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let texts = 0;
while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !parent.checkVisibility() || ['STYLE', 'SCRIPT'].includes(parent.tagName)) continue;
    ++texts;
    const value = ratio(rgba(getComputedStyle(parent).color), behind(parent));
    if (value < 4.5) weak.push(walker.currentNode.data.trim() + ': ' + value.toFixed(2));
}
for (const input of document.querySelectorAll('input:not([type=hidden], [type=checkbox])')) {
    const value = ratio(rgba(getComputedStyle(input).borderTopColor), behind(input.parentElement));
    if (value < 3) weak.push('edge of ' + input.id + ': ' + value.toFixed(2));
}
return texts ? weak : ['no text at all'];
"""

# Controls and fields without a name, or smaller than a finger needs (WCAG 2.2, 2.5.8).
SMALL_TARGETS = """
return [...document.querySelectorAll('a, button, input:not([type=hidden])')].filter(e => e.checkVisibility())
    .filter(e => e.getBoundingClientRect().height < 24 || e.getBoundingClientRect().width < 24).map(e => e.outerHTML);
"""


def home(stack, browser):
    browser.open(stack.base + '/')


def login(stack, browser):
    browser.open(stack.flow())
    browser.wait_for_heading('Sign in')


def login_error(stack, browser):
    login(stack, browser)
    browser.log_in('admin', 'wrong')
    browser.wait(lambda: browser.all('[role=alert]'), 'an alert')


def consent(stack, browser):
    login(stack, browser)
    browser.log_in()
    browser.wait_for_heading('Allow access?')


def message(stack, browser):
    browser.open(stack.flow(client_id='nobody'))
    browser.wait_for_heading('This link does not work')


def logout(stack, browser):
    consent(stack, browser)
    browser.open(stack.base + '/oauth/logout?client_id=test_client')
    browser.wait_for_heading('Sign out?')


PAGES = pytest.mark.parametrize('page', [home, login, login_error, consent, message, logout])


@PAGES
def test_contrast(stack, browser, page):
    """STILE-pages-1 Text has a contrast of at least 4.5 in light and dark mode, and field borders of at least 3."""
    page(stack, browser)
    backgrounds = []
    for scheme in ('light', 'dark'):
        browser.emulate(scheme)
        browser.wait(lambda: browser.run('return document.getAnimations().length') == 0, 'transitions to end')
        assert browser.run(WEAK_CONTRAST) == [], scheme
        backgrounds.append(browser.run('return getComputedStyle(document.body).backgroundColor'))
    assert backgrounds[0] != backgrounds[1]


@PAGES
def test_narrow_screen(stack, browser, page):
    """STILE-pages-2 A screen of 320 pixels needs no horizontal scrolling, and all controls are large enough."""
    page(stack, browser)
    for width in (320, 1280):
        browser.set_width(width)
        inner, needed = browser.run('const e = document.documentElement; return [e.clientWidth, e.scrollWidth]')
        assert needed <= inner
        assert browser.run(SMALL_TARGETS) == []


@PAGES
def test_structure(stack, browser, page):
    """STILE-pages-3 Every page has a title, a language, one main element and one first heading, and runs no script."""
    page(stack, browser)
    assert browser.driver.title
    assert browser.run('return document.documentElement.lang') == 'en'
    assert browser.run('return document.characterSet') == 'UTF-8'
    assert [len(browser.all(tag)) for tag in ('main', 'h1', 'script')] == [1, 1, 0]
    assert browser.run("return document.querySelector('meta[name=viewport]').content") \
        == 'width=device-width, initial-scale=1'


def test_names_of_fields(stack, browser):
    """STILE-pages-4 Every field and button has its visible label as its name, and the right autocomplete value."""
    login(stack, browser)
    fields = [element for element in browser.all('input, button') if element.is_displayed()]
    assert [element.accessible_name for element in fields] == ['Username', 'Password', 'Sign in']
    assert browser.field('Username').get_attribute('autocomplete') == 'username'
    assert browser.field('Password').get_attribute('autocomplete') == 'current-password'
    assert browser.field('Password').get_attribute('type') == 'password'
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    fields = [element for element in browser.all('input, button') if element.is_displayed()]
    assert [element.accessible_name for element in fields] \
        == ['Do not ask again for this application and these permissions', 'Deny', 'Approve']


@pytest.mark.parametrize('name', ["<script>document.title='owned'</script>", '"><img src=x onerror=alert(1)>', "{{TITLE}}&amp;'"])
def test_hostile_client_name(stack, browser, landing, name):
    """STILE-pages-5 A client's name is shown as text, whatever it contains."""
    client = stack.new_client('--name', name)
    browser.open(stack.flow(client))
    browser.wait_for_heading('Sign in')
    assert name in browser.text() and name in browser.driver.title
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    assert name in browser.text() and name in browser.driver.title
    browser.press('Approve')
    landing.wait()
    browser.wait_for_heading('Landed')
    browser.driver.back()
    browser.driver.refresh()
    browser.wait_for_heading('You have already answered')
    assert name in browser.text()


def test_hostile_user_name(stack, browser):
    """STILE-pages-6 A submitted user name is shown again only as text."""
    typed = "\"><script>document.title='owned'</script>"
    login(stack, browser)
    browser.log_in(typed, 'x')
    browser.wait(lambda: browser.all('[role=alert]'), 'an alert')
    assert browser.field('Username').get_attribute('value') == typed
    assert browser.all('script') == [] and browser.driver.title.startswith('Error: ')


@pytest.mark.parametrize('name', ['W' * 200, 'e' + '\u0301' * 90])
def test_strange_client_name(stack, browser, name):
    """STILE-pages-7 A long or unusual client name breaks no page: buttons stay in place, without horizontal scrolling."""
    client = stack.new_client('--name', name)
    browser.set_width(320)
    browser.open(stack.flow(client))
    browser.log_in()
    browser.wait_for_heading('Allow access?')
    inner, needed = browser.run('const e = document.documentElement; return [e.clientWidth, e.scrollWidth]')
    assert needed <= inner
    # The content of the name does not reach beyond its own element.
    assert browser.run("return getComputedStyle(document.querySelector('bdi')).unicodeBidi") == 'isolate'
    assert 'asks for your approval.' in browser.text()


def test_broken_link(stack, browser, landing):
    """STILE-browser-8 A request that must not be redirected shows an error page, with the reason for developers."""
    browser.open(stack.flow(redirect_uri='https://attacker.example/'))
    browser.wait_for_heading('This link does not work')
    assert 'invalid_request' in browser.text() and 'redirect_uri' in browser.text()
    assert browser.driver.current_url.startswith(stack.base) and landing.nothing_more()


def test_unknown_request(stack, browser):
    """STILE-browser-9 The address of an unknown request shows a page that says what to do."""
    for path in ('/login?request=unknown', '/login?request=000000000000', '/approve?request=000000000000', '/login', '/approve'):
        browser.open(stack.base + path)
        assert 'Go back to the application and start again.' in browser.text()


def test_foreign_request(stack, browser, hosts):
    """STILE-browser-10 The address of a request from another browser does not give access to it."""
    login(stack, browser)
    address = browser.driver.current_url
    browser.command('Network.clearBrowserCookies')
    browser.open(address)
    assert 'in the browser in which' in browser.text() and browser.all('form') == []


def test_without_scripts(stack, hosts, landing):
    """STILE-browser-11 Everything works without JavaScript."""
    landing.forget()
    with Browser(hosts, {'profile.managed_default_content_settings.javascript': 2}) as browser:
        # Scripts are really off in pages.
        browser.open('data:text/html,<title>off</title><script>document.title = "on"</script>')
        assert browser.driver.title == 'off'
        login(stack, browser)
        browser.log_in('admin', 'wrong')
        browser.wait(lambda: browser.all('[role=alert]'), 'an alert')
        browser.log_in()
        browser.wait_for_heading('Allow access?')
        browser.press('Approve')
        assert 'code' in landing.wait()


def test_without_cookies(stack, hosts):
    """STILE-browser-12 A browser without cookies gets a page that explains it."""
    with Browser(hosts, {'profile.default_content_setting_values.cookies': 2}) as browser:
        browser.open(stack.flow())
        assert browser.driver.get_cookies() == []
        assert 'in the browser in which' in browser.text()
        assert browser.complaints() == []


def test_cookies(stack, browser):
    """STILE-browser-13 Scripts cannot read the cookies, and forms of other sites do not send them."""
    consent(stack, browser)
    cookies = browser.driver.get_cookies()
    assert len(cookies) == 3  # the request, the session, the browser
    for cookie in cookies:
        assert cookie['httpOnly'] and cookie['sameSite'] == 'Lax'
    assert browser.run('return document.cookie') == ''
