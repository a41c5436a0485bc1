"""The common part of the modules about logout: the request to the end session endpoint, and its results."""
import secrets

from known_secrets import remember

BACK_AT = '/post_logout_redirect'
BACK = 'https://rp.example' + BACK_AT  # registered


def send_to_logout(rp, person, login, **parameters):
    """The suite's request: a parameter that is None is left out. Returns the sent parameters."""
    parameters = {'id_token_hint': login and login.tokens['id_token'], 'post_logout_redirect_uri': BACK,
                  'state': secrets.token_urlsafe(96)} | parameters
    sent = {name: value for name, value in parameters.items() if value is not None}
    remember(sent | {'id_token': sent.get('id_token_hint')})
    person.visit(rp.end_session_url(sent))
    return sent


def must_be_sent_back(rp, person, state):
    """To the registered address, with the state if there was one and nothing else."""
    assert person.has_landed(), person.page()
    arrival = rp.listener.wait(BACK_AT)
    assert (arrival.method, arrival.query) == ('GET', {'state': state} if state else {})


def must_be_logged_out(rp, person):
    """prompt=none now fails, as for a user who is not logged in."""
    rp.be_refused(person, 'login_required', prompt='none', state=secrets.token_urlsafe(96))
