"""A login program in another language, functions/login/example/login.py, behind the same nginx, in a browser."""
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

import pytest
import requests
from chromium import PATIENCE
from conftest import REDIRECT_URI, RunningStack
from known_secrets import remember
from other_login import EXAMPLE, SETTINGS, root_with_other_login

PASSWORDS = {'ann': 'a password of ann', 'bea': 'pässword: of %+&= bea'}
SUBJECTS = {'ann': '7c9e6679', 'bea': 'b-e/a'}


def line_of_user(name):
    done = subprocess.run([EXAMPLE, 'hash', name, SUBJECTS[name]], input=PASSWORDS[name] + '\n', capture_output=True,
                          text=True, timeout=PATIENCE, check=True)
    return done.stdout


def answers(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@pytest.fixture(scope='module')
def other():
    """A Stile with the example as its login program, configured with the lines of its README."""
    with tempfile.TemporaryDirectory() as folder, RunningStack(root=root_with_other_login(pathlib.Path(folder)), **SETTINGS) as stack:
        for password in PASSWORDS.values():
            remember({'password': password})
        users = stack.dir / 'users'
        users.write_text(''.join(map(line_of_user, PASSWORDS)))
        program = subprocess.Popen([EXAMPLE, stack.dir / 'other-login.sock', users], stdin=subprocess.DEVNULL,
                                   stdout=(stack.dir / 'log/other-login.log').open('w'), stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + 30
            while not answers(stack.dir / 'other-login.sock') and program.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)  # a missing socket sends no event
            yield stack
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait(PATIENCE)


def fill_in(browser, name, password):
    browser.wait_for_heading('Example login')
    browser.fill('Name', name)
    browser.fill('Password', password)
    browser.press('Go on')


@pytest.mark.parametrize('name', PASSWORDS)
def test_up_to_tokens(other, browser, landing, name):
    """STILE-program-1 A login by another program continues with consent to tokens with its subject, which can be
    refreshed."""
    browser.open(other.flow())
    fill_in(browser, name, PASSWORDS[name])
    browser.wait_for_heading('Allow access?')
    assert f'Signed in as {name}' in browser.text()
    session = 'session:' + browser.driver.get_cookie('stile_session')['value'][:18]
    assert other.redis('HMGET', session, 'sub', 'user', 'amr').split('\n') == [SUBJECTS[name], name, 'pwd']
    browser.press('Approve')
    code = landing.wait()['code']
    ask = {'auth': ('test_client', 'password'), 'timeout': PATIENCE}
    tokens = requests.post(other.base + '/oauth/token', data={
        'grant_type': 'authorization_code', 'code': code, 'redirect_uri': REDIRECT_URI}, **ask).json()
    again = requests.post(other.base + '/oauth/token', data={
        'grant_type': 'refresh_token', 'refresh_token': tokens['refresh_token']}, **ask).json()
    facts = requests.post(other.base + '/oauth/introspect', data={'token': again['access_token']}, **ask).json()
    assert (facts['active'], facts['sub'], facts['username']) == (True, SUBJECTS[name], name)


def test_wrong_password(other, browser):
    """STILE-program-2 A wrong password shows the program's own page again; the right one then continues."""
    browser.open(other.flow())
    fill_in(browser, 'ann', 'wrong')
    browser.wait(lambda: 'do not match' in browser.text(), 'a problem')
    assert browser.field('Name').get_attribute('value') == 'ann'
    fill_in(browser, 'nobody', 'wrong')
    browser.wait(lambda: browser.field('Name').get_attribute('value') == 'nobody', 'the page')
    fill_in(browser, '"><script>alert(1)</script>', 'wrong')
    browser.wait(lambda: '<script>' in browser.field('Name').get_attribute('value'), 'the page')
    fill_in(browser, 'ann', PASSWORDS['ann'])
    browser.wait_for_heading('Allow access?')


def test_another_account(other, browser):
    """STILE-program-3 "Use another account" returns to the program, and the new session replaces the old one."""
    browser.open(other.flow())
    fill_in(browser, 'ann', PASSWORDS['ann'])
    browser.wait_for_heading('Allow access?')
    browser.press('Use another account')
    fill_in(browser, 'bea', PASSWORDS['bea'])
    browser.wait_for_heading('Allow access?')
    assert 'Signed in as bea' in browser.text()


def test_forged_form(other):
    """STILE-program-4 The program refuses a form without the CSRF token of this browser and request."""
    with requests.Session() as victim, requests.Session() as attacker:
        forms = {}
        for person in (victim, attacker):
            answer = person.get(other.flow(), timeout=PATIENCE)
            forms[person] = answer.url, re.search('name="token" value="([^"]*)"', answer.text)[1]
        right = {'name': 'ann', 'password': PASSWORDS['ann']}
        for token in ('', 'ä', forms[attacker][1]):
            answer = victim.post(forms[victim][0], data={'token': token, **right}, allow_redirects=False, timeout=PATIENCE)
            assert answer.status_code == 200 and 'too old' in answer.text
        answer = victim.post(forms[victim][0], data={'token': forms[victim][1], **right}, allow_redirects=False, timeout=PATIENCE)
        assert answer.status_code == 303 and answer.headers['Location'].startswith('/approve?')


def test_guesses(other):
    """STILE-program-5 The program throttles guesses; while throttled it refuses even the right password."""
    with requests.Session() as guesser:
        answer = guesser.get(other.flow(), timeout=PATIENCE)
        form = {'token': re.search('name="token" value="([^"]*)"', answer.text)[1], 'name': 'bea'}
        for _ in range(12):
            guess = guesser.post(answer.url, data={**form, 'password': 'guess'}, allow_redirects=False, timeout=PATIENCE)
            assert guess.status_code == 200
        late = guesser.post(answer.url, data={**form, 'password': PASSWORDS['bea']}, allow_redirects=False, timeout=PATIENCE)
        assert late.status_code == 200 and 'do not match' in late.text


def test_size_of_the_example():
    """STILE-program-6 The example has fewer than 80 lines, needs only Python, and has no secret of Stile."""
    text = EXAMPLE.read_text()
    assert len(text.splitlines()) < 80
    modules = re.search(r'^import (.*)$', text, re.M)[1].split(', ')
    assert set(modules) == {'hashlib', 'hmac', 'html', 'io', 'secrets', 'socketserver', 'struct', 'sys', 'time', 'urllib.parse'}
    assert not re.search(r'STILE_|redis', text, re.I)
