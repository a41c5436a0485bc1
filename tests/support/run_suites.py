"""Runs the test suites, two at a time: run_suites.py --build build [suite ...].

Says what it does while it does it, shows what failed, and ends with the line `N passed, N failed`. Each suite runs in a
separate process of this program (--alone), because suites mostly wait: for a browser, for a time to pass, for a process to end.
All that a suite writes goes into one temporary folder, which is its HOME too and which is removed at the end.
Whatever a sanitizer reports, in whichever process that a suite starts, is a failure of that suite.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

import servers
from orphans import adopt_orphans, end_descendants

ROOT = pathlib.Path(__file__).resolve().parents[2]
LANES = 2  # suites at a time
WITHOUT_COMPANY = ('sanitize',)  # with crowds of clients, on programs several times slower
TIME_LIMIT = 1200  # seconds for one suite: far beyond what it takes,
SANITIZED_TIME_LIMIT = 1800  # when it is instrumented,
LONG_TIME_LIMIT = 3 * 3600  # in its long form
FUZZ_SECONDS = 2  # for each target
TAIL = 40  # lines of a failed suite's output
MESSAGE = 12  # lines of one failure's message


class Outcome:
    def __init__(self):
        self.passed = 0
        self.failures = []  # (name, message)

    def fail(self, name, message):
        self.failures.append((name, message))


# The commands of the suites ------------------------------------------------------------------------------------------

def lint_checks():
    checks = [ROOT / 'tests/lint' / name for name in ('endpoints', 'layers', 'links', 'requirements', 'texts')]
    return [check for check in checks if check.exists()]


def catch_command(suite, build, report, only=()):
    return [str(build / 'bin' / f'tests-{suite}'), '-r', 'junit', '-o', str(report), *only]


def pytest_command(suite, build, report, only=()):
    # Ten failures are enough to see what is wrong: each may have waited long for what did not come.
    return [sys.executable, '-m', 'pytest', '-q', '--tb=short', '--maxfail=10', '-p', 'no:cacheprovider',
            f'--junitxml={report}', *(only or [f'tests/{suite}'])]


def fuzz_command(suite, build, report, only=()):
    return [sys.executable, 'tests/fuzz/run.py', '--build', str(instrumented(build)), '--seconds', str(FUZZ_SECONDS),
            f'--junitxml={report}']


# The longest first, so that only short ones run at the end.
COMMANDS = {
    'security': pytest_command,
    'run': pytest_command,
    'openid': pytest_command,
    'browser': pytest_command,
    'package': pytest_command,
    'fault': pytest_command,
    'store': catch_command,
    'endpoint': catch_command,
    'fuzz': fuzz_command,
    'clients': pytest_command,
    'soak': pytest_command,
    'unit': catch_command,
    'memcheck': pytest_command,
}
SUITES = ['lint', 'sanitize', 'servers', *COMMANDS]
LONG_SUITES = ('sanitize', 'servers', 'fault', 'package', 'memcheck', 'fuzz', 'soak')  # `make test-long`
# Of the suite `sanitize`, by suite: all of it, or these files. The Python tests run whole instances.
SANITIZED_SUITES = {
    'unit': (), 'store': (), 'endpoint': (), 'openid': (),
    'run': tuple(f'tests/run/test_{name}.py' for name in (
        'audit', 'fastcgi', 'kept_connections', 'metadata', 'outage', 'protect', 'redis_users', 'run_processes', 'shared_connection')),
}


# Sanitizers ----------------------------------------------------------------------------------------------------------

def is_instrumented(build):
    return build.name in ('address', 'thread')


def instrumented(build):
    return build if is_instrumented(build) else build / 'address'


def default_suites(build):
    """All except the long ones. An instrumented build runs those, too, except what needs a second build or programs as they
    are shipped; and only one of the sanitizers has fuzzers."""
    left_out = {'address': ('sanitize', 'servers', 'soak', 'package', 'memcheck'),
                'thread': ('sanitize', 'servers', 'soak', 'package', 'memcheck', 'fuzz')}.get(build.name, LONG_SUITES)
    return [suite for suite in SUITES if suite not in left_out]


def suites_named(words, build):
    """`long` means the long ones, no argument the others."""
    return [suite for word in words for suite in (LONG_SUITES if word == 'long' else [word])] or default_suites(build)


def sanitizer_options(reports):
    """Every process ends at the first report and writes it to its own file, so that no log can swallow it."""
    common = f'log_path={reports}/report:log_exe_name=1:halt_on_error=1:print_stacktrace=1'
    lists = ROOT / 'tests/sanitize'
    return {
        'ASAN_OPTIONS': f'{common}:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:'
                        'check_initialization_order=1',
        'UBSAN_OPTIONS': common,
        'TSAN_OPTIONS': f'{common}:second_deadlock_stack=1:suppressions={lists}/thread.supp',
    }


def collect_reports(folder, outcome):
    for report in sorted((folder / 'reports').iterdir()):
        # The search for leaks prints this about a thread that ends meanwhile; it is not a finding.
        lines = [line for line in report.read_text(errors='replace').splitlines()
                 if 'Unable to get registers from thread' not in line]
        if any(lines):
            outcome.fail(f'sanitizer {report.name}', '\n'.join(lines).strip())
        report.unlink()


# Processes -----------------------------------------------------------------------------------------------------------

def time_limit(build, environment):
    if 'STILE_LONG' in environment:
        return LONG_TIME_LIMIT
    return SANITIZED_TIME_LIMIT if is_instrumented(build) else TIME_LIMIT


def run(command, environment, log, limit=TIME_LIMIT):
    """The exit status (negative: a signal; None: out of time)."""
    with open(log, 'wb') as output:
        try:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as error:
            output.write(f'cannot start {command[0]}: {error.strerror}\n'.encode())
            return 127
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None
        finally:
            end_descendants()


# What came out -------------------------------------------------------------------------------------------------------

def read_report(report, outcome):
    """Counts the test cases of a JUnit file; False if there is no readable one."""
    try:
        root = ElementTree.parse(report).getroot()
    except (OSError, ElementTree.ParseError):
        return False
    for case in root.iter('testcase'):
        if case.find('skipped') is not None:
            continue
        problems = [element for tag in ('failure', 'error') for element in case.findall(tag)]
        if problems:
            message = '\n'.join(filter(None, ((problem.get('message') or '') + '\n' + (problem.text or '')
                                              for problem in problems)))
            outcome.fail(f"{case.get('classname', '')} {case.get('name', '')}".strip(), message.strip())
        else:
            outcome.passed += 1
    return True


def judge(suite, status, has_report, outcome):
    """A suite that did not finish, or that failed without a failed test, counts as one failure."""
    if status is None:
        outcome.fail(suite, 'did not end in time')
    elif status < 0:
        outcome.fail(suite, f'was ended by {signal.Signals(-status).name}')
    elif not has_report:
        outcome.fail(suite, f'wrote no report; exit status {status}')
    elif status != 0 and not outcome.failures:
        outcome.fail(suite, f'exit status {status}')
    elif not outcome.passed and not outcome.failures:
        outcome.fail(suite, 'ran no test')


def run_lint(environment, folder):
    outcome = Outcome()
    logs = []
    for check in lint_checks():
        log = folder / f'lint-{check.name}.log'
        if run([str(check)], environment, log) == 0:
            outcome.passed += 1
        else:
            outcome.fail(f'lint {check.name}', 'see below')
            logs.append(log)
    return outcome, logs


def run_program(suite, build, environment, folder, only=()):
    outcome = Outcome()
    report = folder / f'{suite}.xml'
    log = folder / f'{suite}.log'
    report.unlink(missing_ok=True)
    environment = environment | {'STILE_TEST_BUILD': str(build)}
    status = run(COMMANDS[suite](suite, build, report, only), environment, log, time_limit(build, environment))
    judge(suite, status, read_report(report, outcome), outcome)
    collect_reports(folder, outcome)
    return outcome, [log]


def run_sanitized(build, environment, folder):
    """The C++ suites, and instances of instrumented programs."""
    outcome = Outcome()
    logs = []
    for suite, only in SANITIZED_SUITES.items():
        one, log = run_program(suite, instrumented(build), environment, folder, only)
        say(f'  {suite} with the address sanitizer: {one.passed} passed, {len(one.failures)} failed')
        outcome.passed += one.passed
        if one.failures:
            outcome.failures += one.failures
            logs.append(log[0].rename(folder / f'sanitize-{suite}.log'))
    return outcome, logs


def run_on_servers(build, environment, folder):
    """What depends on the server, on each but the one that the other suites are run with. Each suite on each counts as one
    case: they are no further tests."""
    outcome = Outcome()
    logs = []
    for title, server, problem in servers.servers_beside(environment['STILE_TEST_REDIS']):
        if problem:
            outcome.fail(title, problem)
            continue
        for suite, only in servers.ON_EACH_SERVER.items():
            own_build = instrumented(build) if COMMANDS[suite] is catch_command else build
            again, log = run_program(suite, own_build, environment | {'STILE_TEST_REDIS': server}, folder, only)
            say(f'  {suite} on {title}: {again.passed} passed, {len(again.failures)} failed')
            if again.failures:
                outcome.failures += [(f'{title}: {test}', message) for test, message in again.failures]
                logs.append(log[0].rename(folder / f'{title}-{suite}.log'))
            else:
                outcome.passed += 1
    return outcome, logs


def run_suite(suite, build, environment, folder):
    if suite == 'lint':
        return run_lint(environment, folder)
    if suite == 'sanitize':
        return run_sanitized(build, environment, folder)
    if suite == 'servers':
        return run_on_servers(build, environment, folder)
    return run_program(suite, build, environment, folder)


def say(line):
    print(line, flush=True)


def show_failures(outcome, logs):
    for name, message in outcome.failures:
        say(f'  FAILED {name}')
        lines = message.splitlines()
        for line in lines[:MESSAGE] + (['…'] if len(lines) > MESSAGE else []):
            say(f'    {line}')
    for log in logs:
        lines = log.read_text(errors='replace').splitlines()[-TAIL:]
        if lines:
            say(f'  The end of the output of {log.stem}:')
        for line in lines:
            say(f'  | {line}')


def environment_for(build, redis, folder, is_long, report):
    """The caller's environment, without what would affect tests: an outer make, proxies, settings of Stile."""
    foreign = ('STILE_', 'MAKE', 'MFLAGS', 'LC_', 'PYTEST_', 'PYTHON')
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(foreign) and not name.lower().endswith('_proxy')}
    home = folder / 'home'
    home.mkdir()
    for name in ('XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR'):
        environment.pop(name, None)
    environment.update(HOME=str(home), TMPDIR=str(folder), LANG='C.UTF-8', PYTHONDONTWRITEBYTECODE='1',
                       PYTHONUNBUFFERED='1', STILE_TEST_BUILD=str(build), STILE_TEST_REDIS=redis,
                       HYPOTHESIS_STORAGE_DIRECTORY=str(folder / 'hypothesis'))
    if is_long:
        environment['STILE_LONG'] = 'yes'
    if report:
        environment['STILE_REPORT'] = str(pathlib.Path(report).resolve())
    # Functions that have given up their privileges must be able to write there, too.
    folder.chmod(0o711)
    reports = folder / 'reports'
    reports.mkdir()
    reports.chmod(0o1777)
    environment.update(sanitizer_options(reports))
    return environment


def run_alone(suite, environment, build, folder):
    """Runs one suite; (passed, failed)."""
    began = time.monotonic()
    outcome, logs = run_suite(suite, build, environment, folder)
    say(f'{suite}: {outcome.passed} passed, {len(outcome.failures)} failed ({time.monotonic() - began:.1f} s)')
    if outcome.failures:
        show_failures(outcome, logs)
    return outcome.passed, len(outcome.failures)


def run_in_lane(suite, words):
    """Runs one suite in another process of this program, and prints its output when it has ended; (passed, failed)."""
    say(f'{suite} …')
    done = subprocess.run([sys.executable, __file__, *words, '--alone', suite], cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
    said, _, verdict = done.stdout.rstrip('\n').rpartition('\n')
    counts = re.fullmatch(r'(\d+) passed, (\d+) failed', verdict)
    if not counts:
        say(f'{done.stdout}{suite}: ended with status {done.returncode} and no verdict')
        return 0, 1
    say(said)
    return int(counts[1]), int(counts[2])


def run_all(suites, words):
    """Runs the suites in lanes; (passed, failed)."""
    counts = [run_in_lane(suite, words) for suite in suites if suite in WITHOUT_COMPANY]
    lanes = concurrent.futures.ThreadPoolExecutor(LANES)
    try:
        in_company = [suite for suite in suites if suite not in WITHOUT_COMPANY]
        counts += lanes.map(lambda suite: run_in_lane(suite, words), in_company)
    finally:
        lanes.shutdown(wait=False, cancel_futures=True)
    return sum(passed for passed, _ in counts), sum(failed for _, failed in counts)


def run_here(suite, arguments, build):
    """Runs one suite in its own folder; (passed, failed)."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='stile-'))
    try:
        return run_alone(suite, environment_for(build, arguments.redis, folder, arguments.long, arguments.report), build, folder)
    finally:
        end_descendants()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description='Runs test suites: ' + ' '.join(SUITES))
    parser.add_argument('--build', default='build', help='the folder with bin/ and pages/')
    parser.add_argument('--redis', default='redis-server', help='the server of Redis or Valkey: a program in PATH, or its path')
    parser.add_argument('--long', action='store_true', help='the long form of suites that have one')
    parser.add_argument('--report', help='a file to which suites append what they counted, one JSON object a line')
    parser.add_argument('--alone', action='store_true', help='one suite, in this process')
    parser.add_argument('suites', nargs='*', metavar='suite', help='which, or `long` (default: those that are not long)')
    arguments = parser.parse_args()
    build = (ROOT / arguments.build).resolve()
    suites = suites_named(arguments.suites, build)
    if unknown := [suite for suite in suites if suite not in SUITES]:
        parser.error(f"no suite {' '.join(unknown)}; there are {' '.join(SUITES)}")
    adopt_orphans()
    # SIGTERM is handled like Ctrl-C: with the clean-up below.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    passed = failed = 0
    try:
        if arguments.alone:
            passed, failed = run_here(suites[0], arguments, build)
        else:
            words = ['--build', str(build), '--redis', arguments.redis, *(['--long'] if arguments.long else []),
                     *(['--report', arguments.report] if arguments.report else [])]
            passed, failed = run_all(suites, words)
    except KeyboardInterrupt:
        say('interrupted')
        failed += 1
    finally:
        end_descendants()
    say(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
