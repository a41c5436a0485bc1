"""Monitoring of a running Stile: counters, health, and one line of the log for each request."""
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

import pytest
import requests

from stack import BUILD, PATIENCE, REDIS_NAME, ROOT, Stack, clean_environment
from supervisor import Holder

SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parse(text):
    """{(name, ((label, value), …)): number}"""
    samples = {}
    for line in text.splitlines():
        if not line.startswith('#'):
            name, labels, value = SAMPLE.match(line).groups()
            samples[name, tuple(sorted(LABEL.findall(labels or '')))] = float(value)
    return samples


def scrape(stack):
    answer = requests.get(stack.base + '/metrics', timeout=PATIENCE)
    assert answer.status_code == 200 and answer.headers['Content-Type'].startswith('text/plain; version=0.0.4')
    return parse(answer.text)


def count(samples, name, **labels):
    return sum(value for (sample, found), value in samples.items() if sample == name and labels.items() <= dict(found).items())


@pytest.fixture(scope='module')
def stack():
    with Stack() as stack:
        yield stack


@pytest.fixture(scope='module')
def client(stack):
    said = stack.admin('client', 'add', '--id', 'counted', '--redirect-uri', 'https://www.example.com/redirect', '--scope', 'email',
                       '--grant-type', 'client_credentials')
    return ('counted', re.search(r'^client_secret: (\S+)', said, re.MULTILINE)[1])


def ask_for_token(stack, client, **form):
    return requests.post(stack.base + '/oauth/token', auth=client, data={'grant_type': 'client_credentials'} | form, timeout=PATIENCE)


def test_requests_are_counted(stack, client):
    """STILE-metrics-1 Each request is counted once, by function, grant type and outcome, with its time and its round
    trips."""
    before = scrape(stack)
    for _ in range(7):
        assert ask_for_token(stack, client).status_code == 200
    assert ask_for_token(stack, client, scope='unknown').status_code == 400
    assert ask_for_token(stack, ('counted', 'wrong')).status_code == 401
    assert requests.get(stack.base + '/oauth/token', timeout=PATIENCE).status_code == 405
    assert requests.get(stack.base + '/oauth/authorize', timeout=PATIENCE).status_code == 400
    after = scrape(stack)

    def more(name, **labels):
        return count(after, name, **labels) - count(before, name, **labels)

    token = {'function': 'token'}
    assert more('stile_requests_total', **token, grant_type='client_credentials', outcome='ok') == 7
    assert more('stile_requests_total', **token, grant_type='client_credentials', outcome='invalid_scope') == 1
    assert more('stile_requests_total', **token, grant_type='', outcome='invalid_client') == 1
    assert more('stile_requests_total', **token, outcome='method_not_allowed') == 1
    assert more('stile_requests_total', **token) == more('stile_request_duration_seconds_count', **token) == 10
    assert more('stile_requests_total', function='authorize', outcome='invalid_request') == 1
    assert more('stile_request_duration_seconds_bucket', **token, le='+Inf') == 10
    assert more('stile_request_duration_seconds_sum', **token) > 0
    assert more('stile_redis_round_trip_seconds_count', **token) >= 8
    assert more('stile_requests_total', function='metrics', outcome='ok') == 1


def test_restarts_and_processes(stack, client):
    """STILE-metrics-2 A process that ends loses no counts, and its successor continues them."""
    assert ask_for_token(stack, client).status_code == 200
    before = scrape(stack)
    [pid] = stack.children('stile-token')
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while count(scrape(stack), 'stile_starts_total', function='token') == count(before, 'stile_starts_total', function='token'):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert ask_for_token(stack, client).status_code == 200
    after = scrape(stack)
    ok = {'function': 'token', 'outcome': 'ok'}
    assert count(after, 'stile_requests_total', **ok) == count(before, 'stile_requests_total', **ok) + 1


def test_processes_share_a_count(tmp_path):
    """STILE-metrics-3 Processes of one function share their counters: the sum of all requests is reported."""
    environment = clean_environment(STILE_ISSUER='https://id.example', STILE_PAGES=BUILD / 'pages', STILE_METRICS=tmp_path)
    with Holder('metadata', environment, processes=3) as holder:
        for _ in range(60):
            assert holder.get().startswith('Status: 200')
    assert holder.starts == 3
    with Holder('metrics', environment | {'STILE_REDIS': 'redis://127.0.0.1:1'}) as holder:
        samples = parse(holder.get(DOCUMENT_URI='/metrics').split('\r\n\r\n', 1)[1])
    assert count(samples, 'stile_requests_total', function='metadata', outcome='ok') == 60
    assert ('stile_redis_up', ()) in samples and count(samples, 'stile_redis_up') == 0
    assert ('stile_live_grants', ()) not in samples


def test_live_grants(stack, client):
    """STILE-metrics-4 Live grants are counted."""
    before = count(scrape(stack), 'stile_live_grants')
    for _ in range(5):
        assert ask_for_token(stack, client).status_code == 200
    assert count(scrape(stack), 'stile_live_grants') == before + 5


def test_logout_notices(stack):
    """STILE-metrics-12 The clients that are still to be notified of a logout are counted."""
    later = str(int(time.time() + 3600) * 1000)
    stack.redis('ZADD', 'logout_notices', later, '1 a app admin sid', later, '1 b app admin sid')
    try:
        assert count(scrape(stack), 'stile_logout_notices') == 2
    finally:
        stack.redis('DEL', 'logout_notices')
    assert count(scrape(stack), 'stile_logout_notices') == 0


def test_other_addresses(stack):
    """STILE-metrics-5 Only the operator's addresses can read metrics and health."""
    for path in ('/metrics', '/health/live', '/health/ready'):
        with socket.create_connection(('127.0.0.1', stack.port), source_address=('127.0.0.2', 0), timeout=PATIENCE) as stranger:
            stranger.sendall(f'GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'.encode())
            assert stranger.recv(4096).startswith(b'HTTP/1.1 403 ')


def test_health():
    """STILE-metrics-6 /health/live is 200 if the process answers; /health/ready is 503 without Redis (or if it refuses
    writes: STILE-storage-1)."""
    with Stack() as stack:
        def health(what):
            answer = requests.get(f'{stack.base}/health/{what}', timeout=PATIENCE)
            return answer.status_code, answer.json()

        assert health('live') == health('ready') == (200, {'status': 'ok'})
        [redis] = stack.children(REDIS_NAME)
        os.kill(redis, signal.SIGSTOP)
        try:
            assert health('ready') == (503, {'status': 'unavailable', 'reason': 'Redis does not answer'})
            assert health('live')[0] == 200
            assert count(scrape(stack), 'stile_redis_up') == 0
        finally:
            os.kill(redis, signal.SIGCONT)


def test_format(stack):
    """STILE-metrics-7 Prometheus's linter reports no problem."""
    text = requests.get(stack.base + '/metrics', timeout=PATIENCE).text
    done = subprocess.run(['promtool', 'check', 'metrics'], input=text, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, '')


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def test_prometheus(stack, client, tmp_path):
    """STILE-metrics-8 Prometheus scrapes the metrics and returns the counted values."""
    assert ask_for_token(stack, client).status_code == 200
    (tmp_path / 'prometheus.yml').write_text(f'''
scrape_configs:
  - job_name: stile
    scrape_interval: 1s
    static_configs: [{{targets: ['127.0.0.1:{stack.port}']}}]
''')
    port = free_port()
    with open(tmp_path / 'log', 'wb') as log, subprocess.Popen(
            ['prometheus', f'--config.file={tmp_path}/prometheus.yml', f'--storage.tsdb.path={tmp_path}/data',
             f'--web.listen-address=127.0.0.1:{port}'], stdout=log, stderr=log) as prometheus:
        try:
            def ask_prometheus(query):
                try:
                    with urllib.request.urlopen(f'http://127.0.0.1:{port}/api/v1/query?query={query}', timeout=PATIENCE) as answer:
                        return json.load(answer)['data']['result']
                except OSError:
                    return []

            deadline = time.monotonic() + PATIENCE
            while not (result := ask_prometheus('sum(stile_requests_total%7Bfunction=%22token%22%7D)')):
                assert time.monotonic() < deadline and prometheus.poll() is None, (tmp_path / 'log').read_text()
                time.sleep(0.1)
            assert float(result[0]['value'][1]) >= 1
            assert ask_prometheus('up')[0]['value'][1] == '1'
        finally:
            prometheus.terminate()


def test_dashboard(stack, client):
    """STILE-metrics-9 The dashboard uses only existing metrics and labels."""
    ask_for_token(stack, client)
    samples = scrape(stack)
    names = {name for name, _ in samples}
    labels = {label for _, found in samples for label, _ in found}
    dashboard = json.loads((ROOT / 'functions/metrics/grafana.json').read_text())
    expressions = [target['expr'] for panel in dashboard['panels'] for target in panel['targets']]
    assert len(expressions) >= 9
    for expression in expressions:
        assert set(re.findall(r'stile_\w+', expression)) <= names, expression
        used = {label.strip() for group in re.findall(r'by \(([^)]*)\)', expression) for label in group.split(',')}
        assert used | set(re.findall(r'(\w+)!?="', expression)) <= labels, expression


def test_request_lines(stack, client):
    """STILE-metrics-10 Each request is one line of the log, with the request id that the client received, outcome and
    duration."""
    answer = ask_for_token(stack, client, scope='unknown')
    lines = [json.loads(line) for line in (stack.dir / 'log/functions.log').read_text().splitlines() if line.startswith('{')]
    [line] = [line for line in lines if line.get('request_id') == answer.headers['X-Request-Id'] and line['event'] == 'request']
    duration = line.pop('duration_us')
    assert isinstance(duration, int) and 0 < duration < 60_000_000
    del line['time']
    assert line == {'level': 'info', 'function': 'token', 'event': 'request', 'request_id': answer.headers['X-Request-Id'],
                    'method': 'POST', 'grant_type': 'client_credentials', 'outcome': 'invalid_scope', 'status': 400}


def test_request_lines_can_be_off():
    """STILE-metrics-11 With STILE_REQUEST_LOG=off the log has refusals and security events, and no other request."""
    with Stack(STILE_REQUEST_LOG='off') as stack:
        assert requests.post(stack.base + '/oauth/token', data={'grant_type': 'x'}, timeout=PATIENCE).status_code == 401
        log = (stack.dir / 'log/functions.log').read_text()
        assert '"event":"request"' not in log and '"event":"client_auth_failed"' in log
