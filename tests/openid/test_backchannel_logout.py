"""oidcc-backchannel-rp-initiated-logout-certification-test-plan: a relying party is notified of a logout."""
import time

import pytest

from listener import Listener
from logout import BACK, must_be_logged_out, must_be_sent_back, send_to_logout
from relying_party import SKEW, RelyingParty

TOLD_AT = '/backchannel_logout'


@pytest.fixture(scope='module')
def ear():
    """The URI where the provider notifies the relying party."""
    with Listener(TOLD_AT) as ear:
        yield ear


@pytest.fixture(scope='module')
def rp(provider, website, ear):
    return RelyingParty(provider, website, '--post-logout-redirect-uri', BACK,
                        '--backchannel-logout-uri', f'http://127.0.0.1:{ear.port}{TOLD_AT}')


def test_oidcc_backchannel_logout_discovery_endpoint_verification(rp, provider):
    """oidcc-backchannel-logout-discovery-endpoint-verification: it is supported, with sid."""
    assert rp.provider['backchannel_logout_supported'] is True
    assert rp.provider['backchannel_logout_session_supported'] is True
    assert rp.provider['end_session_endpoint'].startswith(provider.issuer + '/')


def check_logout_token(rp, token, login):
    """Back-Channel Logout §2.4, §2.6."""
    header, claims = rp.check_signed(token, 'jti')
    assert header['typ'] == 'logout+jwt'
    assert abs(claims['iat'] - time.time()) < SKEW and claims['exp'] > claims['iat']
    assert claims['events'] == {'http://schemas.openid.net/event/backchannel-logout': {}}
    assert (claims['sub'], claims['sid']) == (login.claims['sub'], login.claims['sid'])
    assert 'nonce' not in claims


def test_oidcc_backchannel_rp_initiated_logout(rp, person, ear):
    """oidcc-backchannel-rp-initiated-logout: a signed token names the login at the relying party that has ended."""
    login = rp.log_in(person)
    sent = send_to_logout(rp, person, login)
    must_be_sent_back(rp, person, sent['state'])
    told = ear.wait(TOLD_AT)
    assert (told.method, told.content_type, told.query) == ('POST', 'application/x-www-form-urlencoded', {})
    assert set(told.form) == {'logout_token'}
    check_logout_token(rp, told.form['logout_token'], login)
    must_be_logged_out(rp, person)
    assert ear.has_no_arrivals()
