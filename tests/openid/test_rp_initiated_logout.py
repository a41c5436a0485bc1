"""oidcc-rp-initiated-logout-certification-test-plan: a relying party sends its user to log out."""
import secrets
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from logout import BACK, must_be_logged_out, must_be_sent_back, send_to_logout
from person import LOGOUT
from relying_party import RelyingParty

LOGGED_OUT = 'You have signed out'
BROKEN_LINK = 'This sign-out link does not work'


@pytest.fixture(scope='session')
def rp(provider, website):
    return RelyingParty(provider, website, '--post-logout-redirect-uri', BACK)


def must_be_logged_in(rp, person):
    assert rp.log_in(person, prompt='none').pages == []


def must_stay_here(rp, person, *pages):
    """A page of Stile, and no redirect to the relying party."""
    assert person.page() in pages, person.page()
    assert person.browser.driver.current_url.startswith(rp.provider['end_session_endpoint'])
    assert rp.listener.has_no_arrivals()


def must_be_refused(rp, person):
    """An error page; there is no redirect and no logout."""
    must_stay_here(rp, person, BROKEN_LINK)
    assert person.status() == 400
    must_be_logged_in(rp, person)


def must_log_out_here(rp, person):
    """After a confirmation, on a page of Stile; the login has ended."""
    must_stay_here(rp, person, LOGOUT, LOGGED_OUT)
    if person.page() == LOGOUT:
        person.answer('Sign out')
    must_stay_here(rp, person, LOGGED_OUT)
    must_be_logged_out(rp, person)


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(rp, provider):
    """oidcc-rp-initiated-logout-discovery-endpoint-verification: end_session_endpoint is published, and https."""
    assert rp.provider['end_session_endpoint'].startswith(provider.issuer + '/')


def test_oidcc_rp_initiated_logout(rp, person):
    """oidcc-rp-initiated-logout: back at the registered URI with the long state unchanged, and logged out."""
    sent = send_to_logout(rp, person, rp.log_in(person))
    must_be_sent_back(rp, person, sent['state'])
    must_be_logged_out(rp, person)


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(rp, person):
    """oidcc-rp-initiated-logout-bad-post-logout-redirect-uri: no redirect to a URI that is not registered."""
    send_to_logout(rp, person, rp.log_in(person), post_logout_redirect_uri=f'{BACK}/{secrets.token_urlsafe(8)}')
    must_be_refused(rp, person)


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(rp, person):
    """oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri: no redirect to it with a query added."""
    send_to_logout(rp, person, rp.log_in(person), post_logout_redirect_uri=BACK + '?foo=bar')
    must_be_refused(rp, person)


def test_oidcc_rp_initiated_logout_bad_id_token_hint(rp, person):
    """oidcc-rp-initiated-logout-bad-id-token-hint: no redirect for a hint that another key has signed."""
    rp.log_in(person)
    now = int(time.time())
    claims = {'iss': rp.client_id, 'sub': 'SubjectID', 'aud': rp.issuer, 'nonce': 'flibble',
              'iat': now, 'exp': now + 300}
    stranger = rsa.generate_private_key(65537, 2048)
    send_to_logout(rp, person, None, id_token_hint=jwt.encode(claims, stranger, 'RS256'))
    must_be_refused(rp, person)


def test_oidcc_rp_initiated_logout_modified_id_token_hint(rp, person):
    """oidcc-rp-initiated-logout-modified-id-token-hint: no redirect for a hint changed to alg none."""
    login = rp.log_in(person)
    send_to_logout(rp, person, login, id_token_hint=jwt.encode(login.claims, None, 'none'))
    must_be_refused(rp, person)


def test_oidcc_rp_initiated_logout_no_id_token_hint(rp, person):
    """oidcc-rp-initiated-logout-no-id-token-hint: a URI without a hint: an error or a confirmation, but no redirect."""
    send_to_logout(rp, person, rp.log_in(person), id_token_hint=None)
    must_stay_here(rp, person, BROKEN_LINK, LOGOUT)
    must_be_logged_in(rp, person)


def test_oidcc_rp_initiated_logout_no_params(rp, person):
    """oidcc-rp-initiated-logout-no-params: the user is logged out, and stays on a page of Stile."""
    send_to_logout(rp, person, rp.log_in(person), id_token_hint=None, post_logout_redirect_uri=None, state=None)
    must_log_out_here(rp, person)


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(rp, person):
    """oidcc-rp-initiated-logout-no-post-logout-redirect-uri: the user is logged out, and stays on a page of Stile."""
    send_to_logout(rp, person, rp.log_in(person), post_logout_redirect_uri=None)
    must_log_out_here(rp, person)


def test_oidcc_rp_initiated_logout_no_state(rp, person):
    """oidcc-rp-initiated-logout-no-state: back at the registered URI, without a state."""
    send_to_logout(rp, person, rp.log_in(person), state=None)
    must_be_sent_back(rp, person, None)
    must_be_logged_out(rp, person)


def test_oidcc_rp_initiated_logout_only_state(rp, person):
    """oidcc-rp-initiated-logout-only-state: the user is logged out, and stays on a page of Stile."""
    send_to_logout(rp, person, rp.log_in(person), id_token_hint=None, post_logout_redirect_uri=None)
    must_log_out_here(rp, person)
