"""Mix-up: every authorization response names its issuer (RFC 9207, RFC 9700 §4.4) and keeps its state."""
import urllib.parse

import pytest

from attacker import ATTACKER, nothing_issued, refused_at_client

ERRORS = {
    'invalid_scope': {'scope': 'admin'},
    'unsupported_response_type': {'response_type': 'token'},
    'invalid_request': {'response_type': None},
}


@pytest.mark.parametrize('error', ERRORS)
def test_every_error_carries_iss(stack, web, error):
    """RFC9207-2-1"""
    refused_at_client(stack.send('GET', stack.request_of(web, **ERRORS[error])), web, stack, error)


def test_a_denial_carries_iss(stack, web):
    """RFC9207-2-1"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    answer = browser.post(target, {'csrf_token': browser.get(target).csrf_token, 'approval': '0'})
    refused_at_client(answer, web, stack, 'access_denied')


def test_a_code_carries_iss(stack, web):
    """RFC9207-2-1"""
    browser = stack.browser('alice')
    assert browser.approve(browser.begin(web)).returned['iss'] == stack.base


def test_a_code_without_any_page_carries_iss(stack):
    """RFC9207-2-1"""
    client, browser = stack.client(), stack.browser('alice')
    browser.approve(browser.begin(client), remember='1')
    answer = browser.get(stack.request_of(client))
    assert answer.returned.keys() == {'state', 'code', 'scope', 'iss'}
    assert answer.returned['iss'] == stack.base


def test_iss_is_the_issuer_of_the_metadata_and_the_metadata_promises_it(stack):
    """RFC9207-2-1"""
    document = stack.send('GET', '/.well-known/oauth-authorization-server').json
    assert document['issuer'] == stack.base
    assert document['authorization_response_iss_parameter_supported'] is True


@pytest.mark.parametrize('name', ['iss', 'issuer', 'client_id', 'code', 'error'])
def test_the_request_cannot_contain_its_own_answer(stack, web, name):
    """RFC9207-2-1"""
    browser = stack.browser('alice')
    answer = browser.approve(browser.begin(web, **{name: ATTACKER} if name != 'client_id' else {}))
    assert answer.returned['iss'] == stack.base
    assert 'attacker' not in answer.location


STATES = {
    'reserved': '&error=access_denied&code=stolen#x?y', 'percent': '%26code%3dstolen', 'plus-and-space': 'a+b c',
    'quotes': '"\'<>`', 'url': 'https://attacker.example/?a=b&c=d', 'braces': '{{CSRF}}', 'long': 'x' * 7000,
    'semicolon': 'a;code=stolen', 'backslash': '\\..\\', 'json': '{"a":[1]}', 'one-character': '0', 'tilde': '~._-',
}


@pytest.mark.parametrize('state', STATES)
def test_state_comes_back_to_the_byte_and_injects_no_parameter(stack, web, state):
    """RFC6749-4.1.2-11"""
    browser = stack.browser('alice')
    answer = browser.approve(browser.begin(web, state=STATES[state]))
    assert answer.returned['state'] == STATES[state]
    assert answer.returned.keys() == {'state', 'code', 'scope', 'iss'}
    assert urllib.parse.urlsplit(answer.location).fragment == ''
    refused_at_client(stack.send('GET', stack.request_of(web, state=STATES[state], scope='admin')), web, stack,
                      'invalid_scope', STATES[state])


def test_no_state_is_invented(stack, web):
    """RFC6749-4.1.2-11"""
    browser = stack.browser('alice')
    assert 'state' not in browser.approve(browser.begin(web, state=None)).returned
    refused_at_client(stack.send('GET', stack.request_of(web, state=None, scope='admin')), web, stack, 'invalid_scope',
                      state=None)


def test_two_logins_in_one_browser_keep_their_own_answers(stack, web, other):
    """STILE-flow-37"""
    browser = stack.browser('alice')
    first, second = browser.begin(web, state='one'), browser.begin(other, state='two', scope='profile')
    answers = [browser.approve(target).returned for target in (second, first)]
    assert [(answer['state'], answer['scope']) for answer in answers] == [('two', 'profile'), ('one', 'email')]
    assert stack.redeem(web, answers[0]['code']).status == 400
    assert stack.redeem(web, answers[1]['code']).status == 200


@pytest.mark.parametrize('mode', ['fragment', 'query.jwt', 'form_post.jwt', 'web_message', 'none', 'Form_Post'])
def test_a_code_is_answered_by_the_query_or_a_form_and_by_nothing_else(stack, web, mode):
    """RFC9700-2.1.2-1"""
    with nothing_issued(stack):
        answer = stack.browser('alice').get(stack.request_of(web, response_mode=mode))
        refused_at_client(answer, web, stack, 'invalid_request')
    assert urllib.parse.urlsplit(answer.location).fragment == ''


TYPES = ['token', 'id_token', 'code token', 'code id_token', 'token code', 'none', 'Code', 'CODE', 'code ', ' code',
         'codes', 'code code', 'id_token token']


@pytest.mark.parametrize('response_type', TYPES)
def test_no_response_type_gives_a_token(stack, web, response_type):
    """RFC9700-2.1.2-1"""
    answer = stack.browser('alice').get(stack.request_of(web, response_type=response_type))
    refused_at_client(answer, web, stack, 'unsupported_response_type')
