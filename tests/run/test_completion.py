"""Completion in a real bash, in its own terminal, as typed by a user."""
import os
import pty
import select
import signal
import time

import pytest

from stack import PATIENCE, PROGRAMS, ROOT, Stack, clean_environment

PROMPT = 'ready> '


class Shell:
    """An interactive bash with only the completion loaded."""

    def __init__(self, environment):
        settings = {'PS1': PROMPT, 'TERM': 'dumb', 'INPUTRC': '/dev/null', 'HOME': '/nonexistent',
                    'PATH': f'{PROGRAMS}:/usr/bin:/bin'}
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve('/bin/bash', ['bash', '--norc', '--noprofile', '-i'], environment | settings)
        self.wait_for(PROMPT)
        self.run(f'bind "set enable-bracketed-paste off"; stty cols 500; source {ROOT}/functions/stile/completion.bash')

    def wait_for(self, text):
        seen, deadline = '', time.monotonic() + PATIENCE
        while text not in seen:
            assert select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))[0], seen
            seen += os.read(self.terminal, 4096).decode()
        return seen

    def run(self, keys):
        """The last line that is printed after these keys."""
        os.write(self.terminal, keys.encode() + b'; echo END\n')
        return self.wait_for('END\r\n' + PROMPT).rpartition('END\r\n')[0].rpartition('\n')[2]

    def words(self, line, key):
        """The words of the line after that key: C-a and C-e go to its ends, so that it is printed and not run."""
        return self.run(f'{line}{key}\x01printf "<%s>" \x05').strip('<>').split('><')

    def complete(self, line):
        return self.words(line, '\t')

    def offered(self, line):
        """All possible completions: M-* inserts them."""
        return self.words(line, '\x1b*')

    def close(self):
        os.close(self.terminal)
        try:
            os.kill(self.pid, signal.SIGHUP)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)


@pytest.fixture(scope='module')
def stack():
    with Stack() as stack:
        stack.admin('client', 'add', '--id', 'bookshop', '--redirect-uri', 'https://shop.example/')
        stack.admin('user', 'add', 'ann@example.com', '--password', 'password of ann')
        stack.admin('user', 'add', 'zoe', '--password', 'password of zoe')
        yield stack


@pytest.fixture(scope='module')
def shell(stack):
    shell = Shell(stack.environment)
    yield shell
    shell.close()


@pytest.mark.parametrize('typed, completed', [
    ('stile cl', 'stile client'),
    ('stile client rot', 'stile client rotate-secret'),
    ('stile client add --redi', 'stile client add --redirect-uri'),
    ('stile client update x --uns', 'stile client update x --unset'),
    ('stile client update x --json --unset aud', 'stile client update x --json --unset audience'),
    ('stile client add --introspect a', 'stile client add --introspect any'),
    ('stile client add --subject-type pair', 'stile client add --subject-type pairwise'),
    ('stile client update x --id-token-signed-response-alg Ed', 'stile client update x --id-token-signed-response-alg EdDSA'),
    ('stile user update x --uns', 'stile user update x --unset-claim'),
    ('stile keys rotate --alg RS', 'stile keys rotate --alg RS256'),
    ('stile events --event client_up', 'stile events --event client_updated'),
    ('stile nothing-like-it x', 'stile nothing-like-it x'),
])
def test_words(shell, typed, completed):
    """STILE-admin-20 Bash completes nouns, verbs, options, and the values of options with few values."""
    assert shell.complete(typed) == completed.split()


@pytest.mark.parametrize('typed, completed', [
    ('stile client show book', 'stile client show bookshop'),
    ('stile client update --json book', 'stile client update --json bookshop'),
    ('stile client update --name book book', 'stile client update --name book bookshop'),
    ('stile events --client book', 'stile events --client bookshop'),
    ('stile grant list --user zo', 'stile grant list --user zoe'),
    ('stile user remove ann', 'stile user remove ann@example.com'),
    ('stile user add zo', 'stile user add zo'),  # a new one
    ('stile user remove ann@exa', 'stile user remove ann@example.com'),
    # One is enough.
    ('stile client show bookshop book', 'stile client show bookshop book'),
])
def test_names(shell, typed, completed):
    """STILE-admin-21 Bash completes client ids and user names, also names with an @."""
    assert shell.complete(typed) == completed.split()


def test_all(shell):
    """STILE-admin-20 Bash completes nouns, verbs, options, and the values of options with few values."""
    assert {'add', 'list', 'remove', 'set-password', 'show', 'unlock', 'update'} <= set(shell.offered('stile user ')[2:])
    assert shell.offered('stile user remove ')[3:] == ['admin', 'ann@example.com', 'zoe']
    assert '--json' in shell.offered('stile user remove --') and '--help' in shell.offered('stile user remove --')


def test_without_redis():
    """STILE-admin-22 Without a Redis, completion offers no names and prints no error."""
    shell = Shell(clean_environment(STILE_REDIS='redis://127.0.0.1:1'))
    try:
        assert shell.complete('stile client show book') == ['stile', 'client', 'show', 'book']
        assert shell.complete('stile client sh') == ['stile', 'client', 'show']
    finally:
        shell.close()
