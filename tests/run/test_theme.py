"""An operator's own pages and languages: the example of shared/pages/README.md exactly, and the resulting pages."""
import html
import json
import os
import pwd
import re
import subprocess

import pytest
import requests

from endpoints import ENDPOINTS, has_pages
from stack import BUILD, PROGRAMS, ROOT, Stack, clean_environment

REQUEST = {'client_id': 'test_client', 'redirect_uri': 'https://www.example.com/redirect', 'response_type': 'code',
           'state': 'somestate', 'scope': 'email'}


class Visitor(requests.Session):
    """A browser that asks for these languages."""

    def __init__(self, stack, languages=''):
        super().__init__()
        self.base = stack.base
        self.headers['Accept-Language'] = languages

    def visit(self, path, **query):
        return self.get(self.base + path, params=query, timeout=60)

    def begin(self, **more):
        return self.visit('/oauth/authorize', **REQUEST | more)

    def submit(self, page, **fields):
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        return self.post(page.url, {'csrf_token': csrf, **fields}, timeout=60, allow_redirects=False)

    def log_in(self, page):
        sent = self.submit(page, username='admin', password='admin')
        return self.get(self.base + sent.headers['Location'], timeout=60)


def heading(page):
    return html.unescape(re.search(r'<h1>(.*?)</h1>', page.text)[1])


def assert_speaks(page, language):
    assert page.headers['Content-Language'] == language
    assert page.headers['Vary'] == 'Accept-Language'
    assert f'<html lang="{language}" dir="ltr">' in page.text


# Languages ------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def stack():
    with Stack() as stack:
        yield stack


@pytest.mark.parametrize('accepted, language, title', [
    ('', 'en', 'Sign in'), ('de-AT, en;q=0.5', 'de', 'Anmelden'), ('fr', 'fr', 'Connexion'), ('it, es', 'en', 'Sign in'),
    ('en;q=0.1, fr-CH;q=0.9', 'fr', 'Connexion'), ('de;q=0', 'en', 'Sign in'), ('\xff\x01' * 20, 'en', 'Sign in'),
    ('-' * 3000 + ', de', 'de', 'Anmelden')])
def test_accept_language(stack, accepted, language, title):
    """STILE-language-8 The pages use the best available language of Accept-Language."""
    page = Visitor(stack, accepted.encode('latin-1')).begin()
    assert_speaks(page, language)
    assert heading(page) == title


def test_ui_locales_survives_the_parked_request(stack):
    """OIDC-3.1.2.1-2 The application's ui_locales applies on every page of the flow, before the browser's languages."""
    visitor = Visitor(stack, 'de')
    login = visitor.begin(ui_locales='it fr-CA en')
    assert_speaks(login, 'fr')
    wrong = visitor.submit(login, username='admin', password='wrong')
    assert_speaks(wrong, 'fr')
    assert 'ne correspondent pas' in wrong.text
    forged = visitor.post(login.url, {'csrf_token': 'x'}, timeout=60)
    assert forged.status_code == 400
    assert_speaks(forged, 'fr')
    consent = visitor.log_in(login)
    assert_speaks(consent, 'fr')
    assert heading(consent) == 'Autoriser l’accès\u00a0?'
    assert 'Voir votre adresse e-mail' in consent.text and 'pendant 15 minutes' in consent.text
    assert visitor.submit(consent, approval='1').status_code == 303
    answered = visitor.get(consent.url, timeout=60)
    assert answered.status_code == 409
    assert_speaks(answered, 'fr')
    # The next request of the same browser has no ui_locales.
    assert_speaks(visitor.begin(), 'de')


@pytest.mark.parametrize('asked', ['it es', 'de_DE', '*', '-', 'x' * 256, '"><script>', ''])
def test_unsupported_locales(stack, asked):
    """OIDC-3.1.2.1-3 Unknown languages cause no error."""
    page = Visitor(stack, 'de').begin(ui_locales=asked)
    assert page.status_code == 200
    assert_speaks(page, 'de')


@pytest.mark.parametrize('asked', ['de ' * 86, 'd\u00e9', 'de\nfr', ['de', 'fr']])
def test_bounds_of_ui_locales(stack, asked):
    """STILE-language-9 ui_locales is bounded: longer than 256, not ASCII or repeated is invalid_request."""
    answer = Visitor(stack).get(stack.base + '/oauth/authorize', params=REQUEST | {'ui_locales': asked}, timeout=60,
                                allow_redirects=False)
    assert answer.status_code == 303
    assert 'error=invalid_request' in answer.headers['Location'] and 'state=somestate' in answer.headers['Location']


def test_errors_speak(stack):
    """STILE-language-10 Error pages use the user's language; text for developers, and every JSON response, is English."""
    visitor = Visitor(stack, 'fr')
    broken = visitor.begin(client_id='nobody', ui_locales='de')
    assert_speaks(broken, 'de')
    assert heading(broken) == 'Dieser Link funktioniert nicht'
    assert '<p lang="en" dir="ltr">unknown client_id</p>' in broken.text
    assert heading(visitor.visit('/login')) == 'Cette connexion ne peut pas se poursuivre'
    assert heading(visitor.visit('/approve')) == 'Cette demande ne peut pas se poursuivre'
    assert heading(visitor.put(stack.base + '/login', timeout=60)) == 'Cette demande n’est pas prise en charge'
    refused = visitor.post(stack.base + '/oauth/tokenize', {'grant_type': 'none'}, timeout=60)
    assert refused.json()['error_description'].isascii()


def test_default_language():
    """STILE-language-11 A user whose preferred languages are all unavailable sees STILE_LANGUAGE."""
    with Stack(STILE_LANGUAGE='de') as stack:
        assert_speaks(Visitor(stack, 'it').begin(), 'de')
        assert_speaks(Visitor(stack, 'it, en;q=0.1').begin(), 'en')


def texts_of_pages(page):
    """The visible text of a page, without parts from the request or for developers."""
    body = re.sub(r'<(style|code|bdi)>.*?</\1>|<p lang="en".*?</p>', '', page, flags=re.DOTALL)
    attributes = re.findall(r' (?:title|alt|placeholder|aria-label)="([^"]*)"', body)
    return [html.unescape(text).strip() for text in [*re.findall(r'[^<>]+', re.sub(r'<[^>]*>', '<>', body)), *attributes]]


def test_no_sentence_beside_the_texts(tmp_path):
    """STILE-language-12 Every word on every page is from the language file: with a file of symbols no page shows a
    letter."""
    english = json.loads((ROOT / 'shared/pages/texts/en.json').read_text())
    signs = {key: '※' + ''.join(re.findall(r'\{[A-Z_]+\}', text)) + '※' for key, text in english.items()}
    (tmp_path / 'texts').mkdir()
    (tmp_path / 'texts/tlh.json').write_text(json.dumps(signs | {'direction': 'rtl'}))
    with Stack(STILE_THEME=tmp_path, STILE_LOGIN_TRIES_PER_USER=1) as stack:
        stack.admin('user', 'add', 'other', '--password', 'other-password')
        visitor = Visitor(stack, 'tlh')
        login = visitor.begin(scope='email')
        pages = [login, visitor.visit('/login'), visitor.visit('/approve'), visitor.visit('/oauth/authorize'),
                 visitor.put(stack.base + '/login', timeout=60), visitor.submit(login, username='', password='')]
        while pages[-1].status_code != 429 and len(pages) < 20:
            pages.append(visitor.submit(login, username='other', password='wrong'))
        consent = visitor.log_in(login)
        pages += [consent, visitor.post(consent.url, {'csrf_token': 'x', 'approval': '1'}, timeout=60)]
        assert visitor.submit(consent, approval='0').status_code == 303
        pages.append(visitor.get(consent.url, timeout=60))
        assert {page.status_code for page in pages} == {200, 400, 403, 405, 409, 429}
        for page in pages:
            assert 'dir="rtl"' in page.text
            words = [text for text in texts_of_pages(page.text)
                     if re.search(r'[^\W\d_]', text.replace('Example Application', ''))]
            assert words == [], page.url


# Themes ---------------------------------------------------------------------------------------------------------------

def readme_example(folder):
    """Runs the page's commands, with /etc/stile and the installed pages elsewhere."""
    page = (ROOT / 'shared/pages/README.md').read_text()
    commands, = re.findall(r'^```\n(.*?)^```', page, re.MULTILINE | re.DOTALL)
    commands = commands.replace('/etc/stile', str(folder)).replace('/usr/share/stile/pages', str(BUILD / 'pages'))
    subprocess.run(['bash', '-eu'], input=commands, text=True, check=True, timeout=60)
    return re.search(r"STILE_THEME='(.*)'", (folder / 'stile.env').read_text())[1]


def check(stack):
    done = subprocess.run([PROGRAMS / 'stile', 'check'], env=stack.environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)
    return done.stdout


def test_readme_example(tmp_path):
    """STILE-theme-5 The example of the documentation changes a name, a color, a text and adds a language, and nothing
    else."""
    with Stack(STILE_THEME=readme_example(tmp_path)) as stack:
        stack.admin('client', 'add', '--id', 'calendar', '--name', 'Example Application', '--public', '--scope', 'calendar',
                    '--redirect-uri', 'https://www.example.com/redirect')
        said = check(stack)
        assert 'PROBLEM' not in [line.split()[0] for line in said.splitlines() if 'texts/' in line or 'pages' in line]
        assert re.search(r'^note +texts/it.json lacks these texts, shown in English: .*login\.password', said, re.MULTILINE)
        assert re.search(r'^note +texts/de.json lacks these texts, shown in English: help, scope\.calendar$', said, re.MULTILINE)
        pkce = {'code_challenge': 'x' * 43, 'code_challenge_method': 'S256'}
        visitor = Visitor(stack, 'it-IT, en;q=0.1')
        login = visitor.begin(client_id='calendar', scope='calendar', **pkce)
        assert_speaks(login, 'it')
        assert heading(login) == 'Accedi' and '<label for="password">Password</label>' in login.text
        assert '<span>Example Ltd.</span>' in login.text
        assert '<p class="soft">Questions? Call <strong>Example Application</strong> at extension 42.</p>' in login.text
        assert '--accent: #6a1b9a' in login.text
        assert 'See your calendar' in visitor.log_in(login).text
        german = Visitor(stack, 'de').begin()
        assert heading(german) == 'Anmelden' and 'Questions? Call' in german.text


def test_broken_theme(tmp_path):
    """STILE-theme-6 A broken page prevents the start of a function, and check reports it beforehand."""
    page = (BUILD / 'pages/consent.tpl').read_text()
    (tmp_path / 'consent.tpl').write_text(page.replace('name="csrf_token"', 'name="token"'))
    line = f'{tmp_path}/consent.tpl lacks name="csrf_token"'
    environment = clean_environment(STILE_ISSUER='https://id.example', STILE_PAGES=BUILD / 'pages', STILE_THEME=tmp_path,
                                    STILE_METRICS=tmp_path, STILE_REDIS=f'unix://{tmp_path}/none.sock')
    user = pwd.getpwuid(os.geteuid()).pw_name
    for name in filter(has_pages, ENDPOINTS):
        done = subprocess.run([PROGRAMS / f'stile-{name}', '--listen', tmp_path / 'socket', '--user', user], env=environment, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (1, f'stile-{name}: {line}\n')
    done = subprocess.run([PROGRAMS / 'stile', 'check'], env=environment, timeout=60, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    assert f'PROBLEM  {line}\n' in done.stdout
