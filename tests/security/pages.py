"""Every kind of response of the product, for checks that must hold for all of them."""
from attacker import encode


def every_page(site, web):
    """Name to answer: each page of the flow, good ones and errors."""
    browser = site.browser()
    login = browser.begin(web)
    consent = login.replace('/login', '/approve')
    pages = {'login': browser.get(login), 'login-refused': browser.log_in(login, 'alice', 'wrong'),
             'login-empty': browser.post(login, {'csrf_token': browser.get(login).csrf_token}),
             'login-lost': site.send('GET', '/login?request=aaaaaaaaaaaa'),
             'login-method': site.send('PUT', '/login'),
             'login-too-large': site.send('POST', login, b'x', {'Content-Length': '70000'})}
    browser.log_in(login, 'alice')
    pages |= {'consent': browser.get(consent), 'consent-lost': site.send('GET', '/approve?request=aaaaaaaaaaaa'),
              'consent-forged': browser.post(consent, {'csrf_token': 'A' * 43, 'approval': '1'}),
              'consent-malformed': browser.post(consent, {}), 'consent-method': site.send('DELETE', '/approve'),
              'authorize-refused': site.send('GET', '/oauth/authorize?client_id=nobody'),
              'authorize-method': site.send('PUT', '/oauth/authorize'),
              'authorize-too-long': site.send('GET', '/oauth/authorize?state=' + 'a' * 8000)}
    browser.approve(consent)
    pages['consent-answered'] = browser.get(consent)
    return pages


def every_json(site, web):
    """Name to answer: responses for programs, success and errors."""
    tokens = site.tokens(web)
    return {'token': site.refresh(web, tokens['refresh_token']),
            'token-refused': site.refresh(web, tokens['refresh_token']),
            'token-unauthenticated': site.post('/oauth/token', {'grant_type': 'refresh_token'}),
            'token-method': site.send('GET', '/oauth/token'),
            'token-too-large': site.send('POST', '/oauth/token', b'x', {'Content-Length': '70000'}),
            'introspect': site.introspect(web, site.tokens(web)['access_token']),
            'introspect-inactive': site.introspect(web, 'nothing'),
            'introspect-refused': site.post('/oauth/introspect', {'token': 'x'}),
            'introspect-method': site.send('GET', '/oauth/introspect'),
            'revoke': site.revoke(web, site.tokens(web)['access_token']),
            'revoke-refused': site.post('/oauth/revoke', {'token': 'x'}),
            'revoke-method': site.send('GET', '/oauth/revoke'),
            'userinfo': site.userinfo(site.tokens(web, scope='openid')['access_token']),
            'userinfo-refused': site.userinfo('x'), 'userinfo-unauthenticated': site.send('GET', '/oauth/userinfo'),
            'userinfo-preflight': site.send('OPTIONS', '/oauth/userinfo'),
            'userinfo-method': site.send('PUT', '/oauth/userinfo')}


def every_redirect(site, web):
    """Name to answer: all redirects."""
    browser = site.browser()
    login = browser.get(site.request_of(web))
    logged_in = browser.log_in(login.location, 'alice')
    return {'to-login': login, 'to-consent': logged_in, 'to-client': browser.approve(logged_in.location),
            'to-client-with-error': site.send('GET', site.request_of(web, scope='admin')),
            'to-client-by-post': site.send('POST', '/oauth/authorize', encode(
                {'client_id': web.id, 'response_type': 'token', 'redirect_uri': web.redirect_uri}))}


PAGES = ['login', 'login-refused', 'login-empty', 'login-lost', 'login-method', 'login-too-large', 'consent',
         'consent-lost', 'consent-forged', 'consent-malformed', 'consent-method', 'authorize-refused',
         'authorize-method', 'authorize-too-long', 'consent-answered']
JSON = ['token', 'token-refused', 'token-unauthenticated', 'token-method', 'token-too-large', 'introspect',
        'introspect-inactive', 'introspect-refused', 'introspect-method', 'revoke', 'revoke-refused', 'revoke-method',
        'userinfo', 'userinfo-refused', 'userinfo-unauthenticated', 'userinfo-preflight', 'userinfo-method']
REDIRECTS = ['to-login', 'to-consent', 'to-client', 'to-client-with-error', 'to-client-by-post']
