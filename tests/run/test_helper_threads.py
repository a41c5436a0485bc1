"""STILE_THREADS, which once was the number of requests under way."""
import json

import pytest

from function import Function
from stack import clean_environment


@pytest.mark.parametrize('settings, says', [({}, None), ({'STILE_THREADS': '8'}, None),
                                            ({'STILE_THREADS': '1'}, 'STILE_THREADS is 1, but the process has 3: it is the number of helper threads'),
                                            ({'STILE_THREADS': '256'}, 'STILE_THREADS is 256, but the process has 66: it is the number of helper threads')])
def test_helper_threads(settings, says):
    """STILE-config-9 A number of helper threads that makes no sense is accepted, with one line that says what takes effect."""
    with Function('metadata', clean_environment(STILE_ISSUER='https://id.example', **settings)) as metadata:
        metadata.get()  # it serves: before that, SIGTERM ends it as any program
        assert metadata.end() == 0
        lines = [json.loads(line) for line in metadata.log.read_text().splitlines()]
    found = [line for line in lines if line['event'] == 'configuration']
    assert len(found) == (1 if says else 0)
    assert not says or found[0]['level'] == 'warning' and found[0]['detail'].startswith(says)
