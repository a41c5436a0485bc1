#!/usr/bin/python3
"""A login program in place of Stile's login page: login.py SOCKET USERS (README.md beside this folder is the contract).

USERS has a line "name:subject:salt:hash" for each user; `login.py hash NAME SUBJECT` makes one, with a password from standard input.
"""
import hashlib, hmac, html, io, secrets, socketserver, struct, sys, time, urllib.parse

KEY = secrets.token_bytes(32)  # of the form's tokens
failures = {}  # name: failures in a row, and the time of the next allowed attempt
PAGE = '''<!doctype html><html lang="en"><meta charset="utf-8"><title>Example login</title><link rel="icon" href="data:,">
<h1>Example login</h1><p role="alert">{problem}</p><form method="post"><input type="hidden" name="token" value="{token}">
<label for="name">Name</label><input id="name" name="name" autocomplete="username" value="{name}">
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password"><button>Go on</button></form></html>'''
HEADERS = '''Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r
Content-Security-Policy: default-src 'none'; img-src data:; base-uri 'none'; frame-ancestors 'none'\r\n'''

def hash_of(password, salt):
    return hashlib.scrypt(password.encode(errors='replace'), salt=bytes.fromhex(salt), n=2 ** 14, r=8, p=1).hex()

def subject_of(name, password):
    """None if the two do not match, or an attempt comes too early. Takes as long for an unknown name."""
    with open(sys.argv[2]) as file:
        users = dict(line.strip().split(':', 1) for line in file)
    subject, salt, expected = users.get(name, ':' + '00' * 16 + ':').split(':')
    count, wait_until = failures.get(name, (0, 0))
    if name in users:  # counted before the check, so that many at once do not slip past
        failures[name] = count + 1, time.time() + min(2 ** max(count - 8, 0), 300) * (count > 8)
    matches = hmac.compare_digest(hash_of(password, salt), expected)
    if not matches or time.time() < wait_until:
        return None
    failures.pop(name, None)
    return subject

def answer(parameters, body):
    request = dict(urllib.parse.parse_qsl(parameters['QUERY_STRING'])).get('request', '')
    cookies = dict(pair.strip().partition('=')[::2] for pair in parameters['HTTP_COOKIE'].split(';'))
    browser = cookies.get('example_login') or secrets.token_urlsafe()
    token = hmac.new(KEY, f'{browser} {request}'.encode(), 'sha256').hexdigest()
    form, problem = dict(urllib.parse.parse_qsl(body.decode(errors='replace'))), ''
    name = form.get('name', '')[:128]
    if parameters['REQUEST_METHOD'] == 'POST':
        problem = 'This form is too old. Please try again.'
        if hmac.compare_digest(form.get('token', '').encode(), token.encode()):
            subject = subject_of(name, form.get('password', ''))
            if subject:
                login = {'contract': 1, 'request': request, 'subject': subject, 'user': name,
                         'auth_time': int(time.time()), 'amr': 'pwd'}
                return f'X-Accel-Redirect: /stile/accept-login?{urllib.parse.urlencode(login)}\r\n\r\n'
            problem = 'That name and password do not match.'
    cookie = f'Set-Cookie: example_login={browser}; Path=/; HttpOnly; SameSite=Lax\r\n'  # Secure, too, on https
    return HEADERS + cookie + '\r\n' + PAGE.format(problem=problem, token=token, name=html.escape(name))

def read_pairs(data):
    """FastCGI 1.0 §3.4"""
    stream, found = io.BytesIO(data), {}
    def length():
        first = stream.read(1)
        return int.from_bytes(first if first < b'\x80' else bytes([first[0] & 127]) + stream.read(3), 'big')
    while stream.tell() < len(data):
        name, value = (stream.read(size).decode(errors='replace') for size in (length(), length()))
        found[name] = value
    return found

class Connection(socketserver.StreamRequestHandler):
    def handle(self):  # FastCGI 1.0 §3.3: one request a connection
        streams, ended = {1: b'', 4: b'', 5: b''}, False
        while not ended:
            _, kind, number, length, padding, _ = struct.unpack('>BBHHBB', self.rfile.read(8))
            streams[kind] += self.rfile.read(length + padding)[:length]
            ended = kind == 5 and length == 0
        text = answer(read_pairs(streams[4]), streams[5]).encode()
        self.wfile.write(struct.pack('>BBHHBB', 1, 6, number, len(text), 0, 0) + text
                         + struct.pack('>BBHHBBLB3x', 1, 3, number, 8, 0, 0, 0, 0))

if sys.argv[1] == 'hash':
    salt = secrets.token_hex(16)
    print(*sys.argv[2:4], salt, hash_of(sys.stdin.readline().rstrip('\n'), salt), sep=':')
else:
    socketserver.ThreadingUnixStreamServer(sys.argv[1], Connection).serve_forever()
