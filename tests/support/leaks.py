"""Does anything that a Stile has written give a secret away?

    leaks.py FOLDER < secrets         a line for each find, and exit status 1 if there is one

FOLDER is what stile-run ran in. Each line of the input is a kind ("access_token") and a value in hex, with a tab between.

Logs and the stream of events must hold none of the secrets at all, nor any word that could be one; what lies in Redis
(its append-only file: all that was ever written) none but `state`, which belongs to a parked request. Some secrets of the
tests are ordinary words; they are looked for where they stand as what they are: password=admin.
"""
import pathlib
import re
import sys

# Parameters, members and headers whose values are secrets, as requests and answers name them.
KINDS = {'code', 'state', 'code_verifier', 'csrf_token', 'password', 'client_secret', 'access_token', 'refresh_token',
         'token', 'id_token', 'cookie', 'authorization'}
KEPT_IN_REDIS = {'state'}
ORDINARY = {'password', 'admin', 'client', 'authorization', 'somestate'}  # words that stand in logs for good reasons
SHORTEST = 8  # characters: what is shorter is an ordinary word as well
# All base62, a letter and a digit at least, and long enough for a request's cookie (24) or half a token; a request id,
# 32 hex digits, is public.
SUSPICIOUS = re.compile(rb'(?<![\w-])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])(?![0-9a-f]{32}(?![\w-]))[A-Za-z0-9]{20,}(?![\w-])')
# Public, and as long as a token: names of signing keys, and the challenge that a test sends as a verifier.
PUBLIC = re.compile(rb'(?:signing_key:|code_challenge\r\n\$43\r\n)([\w-]{43})')
JWT = re.compile(rb'eyJ[\w-]{8,}\.eyJ[\w-]{8,}')
TOKEN_IN_REDIS = re.compile(rb'\$(?:42|48)\r\n((?=[A-Za-z]*\d)[A-Za-z0-9]{42,48})\r\n')
GRAM = SHORTEST


def shortened(value):
    return value.decode(errors='replace')[:6] + f'… ({len(value)} characters)'


def forms(value):
    """Whole, and without what names its record."""
    return [value, value[18:]] if len(value) in (42, 48) and value.isalnum() else [value]


class Text:
    """What was written, and where it lies."""

    def __init__(self, name, content):
        self.name, self.content = name, content

    def find(self, kind, value, at):
        line = self.content.count(b'\n', 0, at) + 1
        return f'{self.name}:{line}: {kind} {shortened(value)}'

    def suspicious(self, pattern, kind):
        return [self.find(kind, found.group(found.lastindex or 0), found.start())
                for found in pattern.finditer(self.content)]


def search_log(text, secrets):
    finds = text.suspicious(SUSPICIOUS, 'a word like a token') + text.suspicious(JWT, 'a JWT')
    # Thousands of secrets: what none of the text's short pieces begins with is not in it.
    content = text.content
    grams = {content[i:i + GRAM] for i in range(len(content) - GRAM + 1)}
    for kind, value in secrets:
        if len(value) < SHORTEST or value.decode(errors='replace') in ORDINARY:
            named = rb'\b' + kind.encode() + rb'(?:=|"?: ?"?)' + re.escape(value) + rb'(?![\w-])'
            found = re.search(named, content)
            if found:
                finds.append(text.find(kind, value, found.start()))
            continue
        finds += [text.find(kind, form, content.find(form))
                  for form in forms(value) if form[:GRAM] in grams and form in content]
    return finds


def search_redis(text, secrets):
    finds = text.suspicious(TOKEN_IN_REDIS, 'a word like a token') + text.suspicious(JWT, 'a JWT')
    words = set(re.findall(rb'[\w-]{16,}', text.content))
    for kind, value in secrets:
        if kind in KEPT_IN_REDIS or len(value) < SHORTEST or value.decode(errors='replace') in ORDINARY:
            continue
        for form in forms(value):
            parts = re.findall(rb'[\w-]{16,}', form)
            if (not parts or parts[-1] in words) and form in text.content:
                finds.append(text.find(kind, form, text.content.find(form)))
    return finds


def events_in(commands):
    """The entries of the stream that are written by the commands of an append-only file, one a line."""
    lines = []
    for command in commands.split(b'\r\n*'):
        words = command.split(b'\r\n')[2::2]
        if words[:2] == [b'XADD', b'events']:
            lines.append(b'='.join(words[2:]))
    return b'\n'.join(lines)


def files(folder, *patterns):
    return sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})


def find_leaks(folder, secrets):
    """One line for each find: file, line, and what kind of secret."""
    folder = pathlib.Path(folder)
    secrets = {(kind, value.encode() if isinstance(value, str) else value) for kind, value in secrets if value}
    in_redis = {path.relative_to(folder): path.read_bytes() for path in files(folder, 'redis/**/*')}
    logs = {path.relative_to(folder): path.read_bytes() for path in files(folder, 'log/*', '*.err', '*.log')}
    logs |= {f'{path} (stream of events)': events_in(content) for path, content in in_redis.items()}
    public = {word for content in in_redis.values() for word in PUBLIC.findall(content)}
    secrets = {(kind, value) for kind, value in secrets if value not in public}
    finds = []
    for path, content in in_redis.items():
        finds += search_redis(Text(path, content), secrets)
    for path, content in logs.items():
        for word in public:
            content = content.replace(word, b'(public)')
        finds += search_log(Text(path, content), secrets)
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
