"""Pages inside other sites' frames (RFC 9700 §4.16; ASVS V3.4)."""
import pytest

from pages import PAGES


def policy_of(answer):
    directives = [directive.split() for directive in answer.header('content-security-policy').split(';')]
    names = [directive[0] for directive in directives]
    assert len(set(names)) == len(names), names
    return {directive[0]: directive[1:] for directive in directives}


@pytest.mark.parametrize('page', PAGES)
def test_no_page_lets_itself_be_framed(answers, page):
    """STILE-flow-30"""
    assert policy_of(answers[page])['frame-ancestors'] == ["'none'"]
    assert answers[page].header('x-frame-options') == 'DENY'


@pytest.mark.parametrize('page', PAGES)
def test_pages_may_load_only_their_own_style(answers, page):
    """STILE-flow-30"""
    policy = policy_of(answers[page])
    assert policy['default-src'] == ["'none'"]
    assert policy['base-uri'] == ["'none'"]
    assert set(policy) <= {'default-src', 'style-src', 'form-action', 'frame-ancestors', 'base-uri'}
    for sources in policy.values():
        assert not {"'unsafe-inline'", "'unsafe-eval'", '*', 'http:', 'data:'} & set(sources)
    for source in policy.get('style-src', []):
        assert source.startswith("'sha256-")


@pytest.mark.parametrize('page', PAGES)
def test_form_action_allows_self_and_https_or_nothing(answers, page):
    """STILE-flow-30"""
    action = policy_of(answers[page])['form-action']
    assert action == (["'self'", 'https:'] if '<form' in answers[page].body else ["'none'"])
    assert 'action=' not in answers[page].body
