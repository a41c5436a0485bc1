"""Login CSRF: a victim's browser must not be logged in to the attacker's account (RFC 9700 §4.7)."""
import pytest

from attacker import nothing_issued, refused_with_page


def prepared_by_the_attacker(stack, web):
    """The attacker's own request and its form, ready to be planted."""
    attacker = stack.browser()
    target = attacker.begin(web)
    return attacker, target, {'csrf_token': attacker.get(target).csrf_token, 'username': 'bob', 'password': 'bob'}


@pytest.mark.parametrize('victim', [None, 'alice'], ids=['logged-out', 'logged-in'])
def test_the_attackers_form_in_the_victims_browser(stack, web, victim):
    """STILE-flow-11"""
    _, target, fields = prepared_by_the_attacker(stack, web)
    browser = stack.browser(victim)
    before = dict(browser.cookies)
    with nothing_issued(stack):
        refused_with_page(browser.post(target, fields))
    assert browser.cookies == before


def test_the_attackers_form_for_the_victims_request(stack, web):
    """STILE-flow-10"""
    _, _, fields = prepared_by_the_attacker(stack, web)
    victim = stack.browser()
    with nothing_issued(stack):
        refused_with_page(victim.post(victim.begin(web), fields))


def test_the_attackers_login_page_opened_by_the_victim(stack, web):
    """STILE-flow-11"""
    _, target, _ = prepared_by_the_attacker(stack, web)
    refused_with_page(stack.browser('alice').get(target))


def test_the_attackers_consent_page_opened_by_the_victim(stack, web):
    """GHSA-hydra-753 the victim approves the attacker's request, and the attacker gets the code"""
    attacker = stack.browser('bob')
    target = attacker.begin(web)
    victim = stack.browser('alice')
    refused_with_page(victim.get(target))
    token = attacker.get(target).csrf_token
    with nothing_issued(stack):
        refused_with_page(victim.post(target, {'csrf_token': token, 'approval': '1'}))
    code = attacker.approve(target).returned['code']
    assert stack.redis('HGET', f'code:{{{code[:12]}}}{code[12:18]}', 'sub') == 'bob'


def test_credentials_in_the_url_do_not_log_in(stack, web):
    """STILE-flow-10"""
    browser = stack.browser()
    target = browser.begin(web)
    token = browser.get(target).csrf_token
    with nothing_issued(stack):
        answer = browser.get(f'{target}&csrf_token={token}&username=bob&password=bob')
        assert (answer.status, answer.location) == (200, None)
        refused_with_page(browser.post(f'{target}&csrf_token={token}&username=bob&password=bob', {}))
    assert 'bob' not in answer.body


def test_credentials_in_the_address_do_not_complete_a_form(stack, web):
    """STILE-flow-14"""
    browser = stack.browser()
    target = browser.begin(web)
    with nothing_issued(stack):
        answer = browser.post(f'{target}&username=bob&password=bob', {'csrf_token': browser.get(target).csrf_token})
    assert (answer.status, answer.location) == (400, None)


def test_basic_credentials_do_not_log_in(stack, web):
    """STILE-flow-20"""
    browser = stack.browser()
    target = browser.begin(web)
    with nothing_issued(stack):
        answer = browser.get(target.replace('/login', '/approve'), {'Authorization': 'Basic YWxpY2U6YWxpY2U='})
    assert answer.location == target


@pytest.mark.parametrize('password', ['', 'Alice', 'alic', 'alicea', 'alice ', ' alice', 'alice\0', 'alice\0x', '*',
                                      "' OR '1'='1", '\uff41lice', 'bob', 'a' * 1024],
                         ids=['empty', 'case', 'prefix', 'longer', 'space-after', 'space-before', 'nul', 'nul-and-more',
                              'glob', 'sql', 'full-width', 'another-users', 'longest'])
def test_a_password_must_match_completely(stack, web, password):
    """STILE-flow-14"""
    browser = stack.browser()
    target = browser.begin(web)
    fields = {'csrf_token': browser.get(target).csrf_token, 'username': 'alice', 'password': password}
    with nothing_issued(stack):
        answer = browser.post(target, fields)
    assert answer.status in ((400,) if password == '' or '\0' in password else (403,)), answer
    assert answer.location is None and answer.header('set-cookie') is None


@pytest.mark.parametrize('name', ['alice\0', 'alice:', '*', 'al?ce', 'user:alice', 'alice bob', '{alice}',
                                  '\uff41lice', 'al\u0131ce', 'alice\u200b', '../alice', 'alice\r\n', 'a' * 128])
def test_a_name_similar_to_a_users_is_unknown(stack, web, name):
    """STILE-flow-13"""
    browser = stack.browser()
    target = browser.begin(web)
    fields = {'csrf_token': browser.get(target).csrf_token, 'username': name, 'password': 'alice'}
    with nothing_issued(stack):
        answer = browser.post(target, fields)
    assert answer.status == (400 if set(name) & set('\0\r\n') else 403), answer
    assert answer.location is None and answer.header('set-cookie') is None


@pytest.mark.parametrize('name', ['username', 'password', 'csrf_token', 'request'])
def test_a_field_of_the_login_twice(stack, web, name):
    """RFC6749-3.1-11"""
    browser = stack.browser()
    target = browser.begin(web)
    fields = {'csrf_token': browser.get(target).csrf_token, 'username': 'alice', 'password': 'alice'}
    if name == 'request':
        target += '&' + target.partition('?')[2]
    with nothing_issued(stack):
        refused_with_page(browser.post(target, list(fields.items()) + [(n, v) for n, v in fields.items() if n == name]))
