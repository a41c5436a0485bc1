"""Every kind of response of the product, for checks that must hold for all of them."""
from attacker import encode


def every_page(stack, web):
    """Name to answer: each page of the flow, good ones and errors."""
    browser = stack.browser()
    login = browser.begin(web)
    consent = login.replace('/login', '/approve')
    pages = {'login': browser.get(login), 'login-refused': browser.log_in(login, 'alice', 'wrong'),
             'login-empty': browser.post(login, {'csrf_token': browser.get(login).csrf_token}),
             'login-lost': stack.send('GET', '/login?request=aaaaaaaaaaaa'),
             'login-method': stack.send('PUT', '/login'),
             'login-too-large': stack.send('POST', login, b'x', {'Content-Length': '70000'})}
    browser.log_in(login, 'alice')
    pages |= {'consent': browser.get(consent), 'consent-lost': stack.send('GET', '/approve?request=aaaaaaaaaaaa'),
              'consent-forged': browser.post(consent, {'csrf_token': 'A' * 43, 'approval': '1'}),
              'consent-malformed': browser.post(consent, {}), 'consent-method': stack.send('DELETE', '/approve'),
              'authorize-refused': stack.send('GET', '/oauth/authorize?client_id=nobody'),
              'authorize-method': stack.send('PUT', '/oauth/authorize'),
              'authorize-too-long': stack.send('GET', '/oauth/authorize?state=' + 'a' * 8000)}
    browser.approve(consent)
    pages['consent-answered'] = browser.get(consent)
    return pages


def every_json(stack, web):
    """Name to answer: responses for programs, success and errors."""
    tokens = stack.tokens(web)
    return {'token': stack.refresh(web, tokens['refresh_token']),
            'token-refused': stack.refresh(web, tokens['refresh_token']),
            'token-unauthenticated': stack.post('/oauth/token', {'grant_type': 'refresh_token'}),
            'token-method': stack.send('GET', '/oauth/token'),
            'token-too-large': stack.send('POST', '/oauth/token', b'x', {'Content-Length': '70000'}),
            'introspect': stack.introspect(web, stack.tokens(web)['access_token']),
            'introspect-inactive': stack.introspect(web, 'nothing'),
            'introspect-refused': stack.post('/oauth/introspect', {'token': 'x'}),
            'introspect-method': stack.send('GET', '/oauth/introspect'),
            'revoke': stack.revoke(web, stack.tokens(web)['access_token']),
            'revoke-refused': stack.post('/oauth/revoke', {'token': 'x'}),
            'revoke-method': stack.send('GET', '/oauth/revoke'),
            'userinfo': stack.userinfo(stack.tokens(web, scope='openid')['access_token']),
            'userinfo-refused': stack.userinfo('x'), 'userinfo-unauthenticated': stack.send('GET', '/oauth/userinfo'),
            'userinfo-preflight': stack.send('OPTIONS', '/oauth/userinfo'),
            'userinfo-method': stack.send('PUT', '/oauth/userinfo')}


def every_redirect(stack, web):
    """Name to answer: all redirects."""
    browser = stack.browser()
    login = browser.get(stack.request_of(web))
    logged_in = browser.log_in(login.location, 'alice')
    return {'to-login': login, 'to-consent': logged_in, 'to-client': browser.approve(logged_in.location),
            'to-client-with-error': stack.send('GET', stack.request_of(web, scope='admin')),
            'to-client-by-post': stack.send('POST', '/oauth/authorize', encode(
                {'client_id': web.id, 'response_type': 'token', 'redirect_uri': web.redirect_uri}))}


PAGES = ['login', 'login-refused', 'login-empty', 'login-lost', 'login-method', 'login-too-large', 'consent',
         'consent-lost', 'consent-forged', 'consent-malformed', 'consent-method', 'authorize-refused',
         'authorize-method', 'authorize-too-long', 'consent-answered']
JSON = ['token', 'token-refused', 'token-unauthenticated', 'token-method', 'token-too-large', 'introspect',
        'introspect-inactive', 'introspect-refused', 'introspect-method', 'revoke', 'revoke-refused', 'revoke-method',
        'userinfo', 'userinfo-refused', 'userinfo-unauthenticated', 'userinfo-preflight', 'userinfo-method']
REDIRECTS = ['to-login', 'to-consent', 'to-client', 'to-client-with-error', 'to-client-by-post']
