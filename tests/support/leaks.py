"""Does anything that a Stile has written give a secret away?

    leaks.py FOLDER < secrets         a line for each find, and exit status 1 if there is one

FOLDER is what stile-run ran in. Each line of the input is a kind ("access_token") and a value in hex, with a tab between.

Logs and the stream of events must hold none of the secrets at all, nor any word that could be one; what lies in Redis
(its append-only file: all that was ever written) none but `state`, which belongs to a parked request. Some secrets of the
tests are ordinary words; they are looked for where they stand as what they are: password=admin.
"""
import base64
import pathlib
import re
import sys
import urllib.parse

# Parameters, members and headers whose values are secrets, by their names in requests and responses.
KINDS = {'code', 'state', 'code_verifier', 'csrf_token', 'password', 'client_secret', 'access_token', 'refresh_token',
         'token', 'id_token', 'id_token_hint', 'logout_token', 'cookie', 'authorization'}
KEPT_IN_REDIS = {'state'}
ORDINARY = {'password', 'admin', 'client', 'authorization', 'somestate'}  # words that are in logs for good reasons
SHORTEST = 8  # characters: what is shorter is an ordinary word as well
# All base62, a letter and a digit at least, and long enough for a request's cookie (24) or half a token; a request id,
# 32 hex digits, is public.
# A user's sub, which is as long by chance, is public.
SUSPICIOUS = re.compile(rb'(?<![\w-])(?<!"sub":")(?<!=sub=)(?=[A-Za-z]*\d)(?=\d*[A-Za-z])(?![0-9a-f]{32}(?![\w-]))[A-Za-z0-9]{20,}(?![\w-])')
# Public, and as long as a token: names of signing keys, and the challenge that a test sends as a verifier.
PUBLIC = re.compile(rb'(?:signing_key:|code_challenge\r\n\$43\r\n)([\w-]{43})')
NAME_OF_KEY = re.compile(rb'(?:"kid":"|kid: )([\w-]{43})')  # in a log, where the folder of Redis cannot be read
JWT = re.compile(rb'eyJ[\w-]{8,}\.eyJ[\w-]{8,}')
TOKEN_IN_REDIS = re.compile(rb'\$(?:42|48)\r\n((?=[A-Za-z]*\d)[A-Za-z0-9]{42,48})\r\n')
COMMAND = b'\r\n*'  # where one ends in an append-only file and the next begins
PIECE = 1 << 20  # bytes read at a time
FEW = 50  # secrets, for which reading a text once for each of them is quick enough


def shortened(value):
    return value.decode(errors='replace')[:6] + f'… ({len(value)} characters)'


def passwords_in(secrets):
    """The two parts of Basic credentials (RFC 7617), with the percent escapes of RFC 6749 §2.3.1 decoded."""
    for kind, value in secrets:
        if kind == 'authorization':
            try:
                yield 'client_secret', urllib.parse.unquote_to_bytes(base64.b64decode(value, validate=True)
                                                                     .partition(b':')[2])
            except ValueError:
                pass  # a token, or a value that a test sends to be refused


def forms(value):
    """The whole token, and the part after the name of its record."""
    return [value, value[18:]] if len(value) in (42, 48) and value.isalnum() else [value]


class Text:
    """A piece of written text, and its place."""

    def __init__(self, name, first_line, content):
        self.name, self.first_line, self.content = name, first_line, content

    def find(self, kind, value, at):
        line = self.first_line + self.content.count(b'\n', 0, at)
        return f'{self.name}:{line}: {kind} {shortened(value)}'

    def suspicious(self, pattern, kind):
        return [self.find(kind, found.group(found.lastindex or 0), found.start())
                for found in pattern.finditer(self.content)]

    def holds(self):
        """A fast answer to "does it contain …?": thousands of secrets are looked up, few of them by a full search."""
        content = self.content
        grams = {content[i:i + SHORTEST] for i in range(len(content) - SHORTEST + 1)}
        return lambda value: value[:SHORTEST] in grams and value in content


def pieces(path, name, end):
    """The file in pieces that end with `end`, so that no secret is split and memory stays bounded."""
    line = 1
    with open(path, 'rb') as file:
        rest = b''
        while True:
            more = file.read(PIECE)
            content = rest + more
            cut = content.rfind(end) + len(end) if more and end in content else len(content)
            if content[:cut]:
                yield Text(name, line, content[:cut])
            line += content.count(b'\n', 0, cut)
            rest = content[cut:]
            if not more:
                return


def is_ordinary(value):
    return len(value) < SHORTEST or value.decode(errors='replace') in ORDINARY


def search_log(text, secrets):
    finds = text.suspicious(SUSPICIOUS, 'a word like a token') + text.suspicious(JWT, 'a JWT')
    holds = text.holds() if len(secrets) > FEW else text.content.__contains__
    for kind, value in secrets:
        if is_ordinary(value):
            named = rb'\b' + kind.encode() + rb'(?:=|"?: ?"?)' + re.escape(value) + rb'(?![\w-])'
            finds += [text.find(kind, value, found.start()) for found in re.finditer(named, text.content)]
            continue
        finds += [text.find(kind, form, text.content.find(form)) for form in forms(value) if holds(form)]
    return finds


def search_redis(text, secrets):
    finds = text.suspicious(TOKEN_IN_REDIS, 'a word like a token') + text.suspicious(JWT, 'a JWT')
    words = set(re.findall(rb'[\w-]{16,}', text.content)) if len(secrets) > FEW else None
    for kind, value in secrets:
        if kind in KEPT_IN_REDIS or is_ordinary(value):
            continue
        for form in forms(value):
            parts = re.findall(rb'[\w-]{16,}', form) if words else []
            if (not parts or parts[-1] in words) and form in text.content:
                finds.append(text.find(kind, form, text.content.find(form)))
    return finds


def events_in(text):
    """The entries of the stream that are written by the commands of an append-only file, one a line."""
    lines = []
    for command in text.content.split(COMMAND):
        words = command.split(b'\r\n')[2::2]
        if words[:1] == [b'XADD'] and words[1].startswith(b'events'):
            lines.append(b'='.join(words[2:]))
    return Text(f'{text.name} (stream of events from line {text.first_line})', 1, b'\n'.join(lines))


def without(public, text):
    for word in public:
        text.content = text.content.replace(word, b'(public)')
    return text


def find_leaks(folder, secrets):
    """One line for each find: file, line, and what kind of secret."""
    folder = pathlib.Path(folder)

    def texts(end, *patterns):
        for path in sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}):
            yield from pieces(path, path.relative_to(folder), end)

    public = {word for text in texts(COMMAND, 'redis/**/*') for word in PUBLIC.findall(text.content)}
    public |= {word for text in texts(b'\n', 'log/*.log') for word in NAME_OF_KEY.findall(text.content)}
    secrets = {(kind, value.encode() if isinstance(value, str) else value) for kind, value in secrets if value}
    secrets |= set(passwords_in(secrets))
    secrets = {(kind, value) for kind, value in secrets if value and value not in public}
    finds = []
    for text in texts(COMMAND, 'redis/**/*'):
        finds += search_redis(text, secrets) + search_log(without(public, events_in(text)), secrets)
    for text in texts(b'\n', 'log/*', '*.err', '*.log'):
        finds += search_log(without(public, text), secrets)
    return finds


def main():
    secrets = []
    for line in sys.stdin:
        kind, _, value = line.rstrip('\n').partition('\t')
        secrets.append((kind, bytes.fromhex(value)))
    finds = find_leaks(sys.argv[1], secrets)
    for find in finds[:20]:
        print(find)
    return 1 if finds else 0


if __name__ == '__main__':
    sys.exit(main())
