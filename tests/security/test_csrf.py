"""Forms sent by another site (RFC 9700 §2.1, §4.7; ASVS V3.5). Every form accepts only its own token."""
import pytest

from attacker import nothing_issued, refused_with_page

TOKENS = ['none', 'empty', 'another-browsers', 'another-requests', 'of-the-other-form', 'twice', 'twice-and-wrong',
          'shortened', 'lengthened', 'case', 'padded', 'zeros', 'in-the-query', 'in-a-header', 'in-a-cookie', 'array']


def forge(stack, web, form, own, target, browser, how):
    """The body, the target and the headers of a forged form."""
    stranger = stack.browser('bob')
    fields = {'none': {}, 'empty': {'csrf_token': ''}, 'shortened': {'csrf_token': own[:-1]},
              'lengthened': {'csrf_token': own + 'A'}, 'case': {'csrf_token': own.swapcase()},
              'padded': {'csrf_token': own + '='}, 'zeros': {'csrf_token': 'A' * 43},
              'array': {'csrf_token[]': own}}.get(how, {})
    if how == 'another-browsers':
        fields = {'csrf_token': token_of(stranger, stranger.begin(web), form)}
    elif how == 'another-requests':
        fields = {'csrf_token': token_of(browser, browser.begin(web), form)}
    elif how == 'of-the-other-form':
        fields = {'csrf_token': token_of(browser, target, 'consent' if form == 'login' else 'login')}
    elif how == 'twice':
        fields = [('csrf_token', own), ('csrf_token', own)]
    elif how == 'twice-and-wrong':
        fields = [('csrf_token', own), ('csrf_token', 'A' * 43)]
    query = f'&csrf_token={own}' if how == 'in-the-query' else ''
    headers = {'in-a-header': {'X-CSRF-Token': own}, 'in-a-cookie': {'Cookie': '; '.join(
        [f'{name}={value}' for name, value in browser.cookies.items()] + [f'csrf_token={own}'])}}.get(how, {})
    return list(fields.items() if isinstance(fields, dict) else fields), query, headers


def token_of(browser, target, form):
    """The token of that form, for the request in `target`."""
    request = target.partition('=')[2]
    return browser.get(f'/login?request={request}&prompt=login' if form == 'login' else
                       f'/approve?request={request}').csrf_token


@pytest.mark.parametrize('how', TOKENS)
def test_a_forged_login(stack, web, how):
    """STILE-flow-10"""
    browser = stack.browser_of_its_own('alice')  # so that the consent form has a token too
    target = f'{browser.begin(web).replace("/approve", "/login")}&prompt=login'
    own = browser.get(target).csrf_token
    fields, query, headers = forge(stack, web, 'login', own, target.removesuffix('&prompt=login'), browser, how)
    with nothing_issued(stack):
        refused_with_page(browser.post(target + query, fields + [('username', 'bob'), ('password', 'bob')], headers))
    assert browser.post(target, {'csrf_token': own, 'username': 'bob', 'password': 'bob'}).status == 303


# Without a token the request is refused as malformed; with a wrong one the user is asked again.
MALFORMED = ('none', 'empty', 'twice', 'twice-and-wrong', 'in-the-query', 'in-a-header', 'in-a-cookie', 'array')


@pytest.mark.parametrize('approval', ['1', '0'], ids=['approve', 'deny'])
@pytest.mark.parametrize('how', TOKENS)
def test_a_forged_answer(stack, web, how, approval):
    """STILE-flow-21"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    own = browser.get(target).csrf_token
    fields, query, headers = forge(stack, web, 'consent', own, target, browser, how)
    with nothing_issued(stack):
        answer = browser.post(target + query, fields + [('approval', approval), ('remember', '1')], headers)
        if how in MALFORMED:
            refused_with_page(answer)
        else:
            asked_again(answer)
    assert 'answer' not in stack.redis('HGETALL', f'request:{{{target.partition("=")[2]}}}').split()
    assert 'code' in browser.post(target, {'csrf_token': own, 'approval': '1'}).returned


def asked_again(answer):
    assert (answer.status, answer.location, answer.header('set-cookie')) == (403, None, None), answer
    assert 'name="csrf_token"' in answer.body


@pytest.mark.parametrize('form', ['login', 'consent'])
def test_the_token_is_worth_nothing_without_its_cookies(stack, web, form):
    """STILE-flow-11"""
    victim = stack.browser('alice')
    target = victim.begin(web)
    token = token_of(victim, target, form)
    path = target.replace('/approve', '/login') if form == 'login' else target
    for thief in (stack.browser(), stack.browser('bob')):
        with nothing_issued(stack):
            refused_with_page(thief.post(path, {'csrf_token': token, 'approval': '1', 'username': 'bob',
                                                'password': 'bob'}))


def test_an_answer_that_was_used_is_not_used_again(stack, web):
    """STILE-flow-23"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    fields = {'csrf_token': browser.get(target).csrf_token, 'approval': '1'}
    code = browser.post(target, fields).returned['code']
    stack.redeem(web, code)
    with nothing_issued(stack):
        answer = browser.post(target, fields)
    assert (answer.status, answer.location) == (409, None)


def test_a_token_of_the_login_before_counts_no_more(stack, web):
    """STILE-flow-21"""
    browser = stack.browser_of_its_own('alice')
    target = browser.begin(web)
    alices = browser.get(target).csrf_token
    browser.log_in(target.replace('/approve', '/login') + '&prompt=login', 'bob')
    with nothing_issued(stack):
        asked_again(browser.post(target, {'csrf_token': alices, 'approval': '1'}))


def test_a_token_outlives_neither_its_request_nor_its_session(stack, web):
    """STILE-flow-21"""
    browser = stack.browser()
    target = browser.begin(web)
    browser.log_in(target, 'alice')
    consent = target.replace('/login', '/approve')
    token = browser.get(consent).csrf_token
    stack.redis('DEL', f'session:{browser.cookies["stile_session"][:18]}')
    with nothing_issued(stack):
        assert browser.post(consent, {'csrf_token': token, 'approval': '1'}).location == target  # log in first
    stack.redis('DEL', f'request:{{{target.partition("=")[2]}}}')
    with nothing_issued(stack):
        refused_with_page(browser.post(consent, {'csrf_token': token, 'approval': '1'}))


APPROVALS = ['2', '01', '1 ', ' 1', 'true', 'yes', 'on', '', '1.0', '+1', '\uff11', '1\0', '-1', '10']


@pytest.mark.parametrize('approval', APPROVALS)
def test_only_exactly_1_approves(stack, web, approval):
    """STILE-flow-22"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    with nothing_issued(stack):
        refused_with_page(browser.approve(target, approval=approval))


@pytest.mark.parametrize('pair', [('1', '0'), ('0', '1'), ('1', '1')], ids=['approve-deny', 'deny-approve', 'twice'])
def test_two_answers_in_one_form(stack, web, pair):
    """RFC6749-3.1-11"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    fields = [('csrf_token', browser.get(target).csrf_token), ('approval', pair[0]), ('approval', pair[1])]
    with nothing_issued(stack):
        refused_with_page(browser.post(target, fields))


def test_a_form_that_says_nothing_approves_nothing(stack, web):
    """STILE-flow-22"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    with nothing_issued(stack):
        refused_with_page(browser.post(target, {'csrf_token': browser.get(target).csrf_token}))


@pytest.mark.parametrize('method', ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH'])
def test_only_a_post_approves(stack, web, method):
    """STILE-flow-22"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    token = browser.get(target).csrf_token
    with nothing_issued(stack):
        answer = browser.send(method, f'{target}&csrf_token={token}&approval=1')
    assert answer.status == (200 if method == 'GET' else 405)
    assert answer.location is None


@pytest.mark.parametrize('headers', [{'Origin': 'https://attacker.example'}, {'Origin': 'null'},
                                     {'Sec-Fetch-Site': 'cross-site'}, {'Referer': 'https://attacker.example/'}],
                         ids=['origin', 'origin-null', 'fetch-metadata', 'referer'])
def test_a_form_of_another_site_has_no_cookie(stack, web, headers):
    """STILE-flow-11"""
    victim = stack.browser('alice')
    target = victim.begin(web)
    token = victim.get(target).csrf_token
    with nothing_issued(stack):  # SameSite=Lax: a browser sends no cookie with a foreign form
        refused_with_page(stack.post(target, {'csrf_token': token, 'approval': '1'}, headers))
