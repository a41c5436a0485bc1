"""Runs the fuzzers: run.py --build build/address --seconds 60 [target ...].

Two at a time, each from its seeds in tests/fuzz/corpus/<target> and from what earlier runs found, which is kept in
build/fuzz/<target>. One line a target; fails when one of them crashed, and says where the input lies that did it.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / 'tests/fuzz'
FOUND = ROOT / 'build/fuzz'
TAIL = 40  # lines of a crash
PATIENCE = 120  # seconds beyond its time, for a target that starts on a busy machine


def all_targets():
    return sorted(path.stem for path in HERE.glob('*.cpp'))


def command_for(target, build, seconds, crashes):
    seeds, dictionary = HERE / 'corpus' / target, HERE / f'{target}.dict'
    found = FOUND / target
    found.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    return [str(build / 'bin' / f'fuzz-{target}'), str(found), *([str(seeds)] if seeds.is_dir() else []),
            f'-max_total_time={seconds}', '-timeout=60', '-rss_limit_mb=2048', '-print_final_stats=1',
            f'-artifact_prefix={crashes}/', *([f'-dict={dictionary}'] if dictionary.exists() else [])]


def last_number(pattern, text):
    numbers = re.findall(pattern, text)
    return int(numbers[-1]) if numbers else 0


class Result:
    def __init__(self, target, status, output, crashes):
        self.target, self.status, self.output = target, status, output
        self.executions = last_number(r'number_of_executed_units:\s+(\d+)', output)
        self.coverage = last_number(r'\bcov: (\d+)', output)
        self.new = last_number(r'new_units_added:\s+(\d+)', output)
        self.crashes = [path for path in crashes if str(path) in output]

    def line(self):
        verdict = 'ok' if self.status == 0 else f'FAILED (exit status {self.status})'
        return (f'{self.target:22} {self.executions:10} executions  {self.coverage:6} edges  {self.new:5} new inputs  '
                f'{verdict}')

    def details(self):
        lines = self.output.splitlines()
        begin = next((i for i, line in enumerate(lines) if 'does not hold' in line or 'ERROR:' in line
                      or 'runtime error' in line or 'terminate called' in line), max(0, len(lines) - TAIL))
        shown = lines[begin:begin + TAIL]
        again = [f'reproduce: build/address/bin/fuzz-{self.target} {path.relative_to(ROOT)}' for path in self.crashes]
        return '\n'.join(again + shown)


def run(target, build, seconds):
    crashes = FOUND / 'crashes' / target
    with tempfile.TemporaryDirectory(prefix='fuzz-') as folder:
        # Its reports belong into its output, wherever those of other programs go.
        environment = os.environ | {'ASAN_OPTIONS': 'detect_leaks=1', 'UBSAN_OPTIONS': 'print_stacktrace=1',
                                    'LSAN_OPTIONS': f'suppressions={HERE}/leaks.supp:print_suppressions=0',
                                    'TMPDIR': folder}
        try:
            done = subprocess.run(command_for(target, build, seconds, crashes), cwd=ROOT, env=environment,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=seconds + PATIENCE)
            status, output = done.returncode, done.stdout.decode(errors='replace')
        except subprocess.TimeoutExpired as late:
            status, output = 124, (late.stdout or b'').decode(errors='replace') + '\nERROR: did not end in time'
    return Result(target, status, output, sorted(crashes.iterdir()))


def write_report(results, path):
    suite = ElementTree.Element('testsuite')
    for result in results:
        case = ElementTree.SubElement(suite, 'testcase', classname='fuzz', name=result.target)
        if result.status != 0:
            # XML has no control characters.
            message = re.sub(r'[^\t\n\x20-\x7e]', '?', result.details())
            ElementTree.SubElement(case, 'failure', message=message)
    ElementTree.ElementTree(suite).write(path)


def append_counts(results, path):
    with open(path, 'a', encoding='utf-8') as file:
        for result in results:
            file.write(json.dumps({'suite': 'fuzz', 'case': result.target, 'executions': result.executions,
                                   'crashes': int(result.status != 0)}) + '\n')


def main():
    parser = argparse.ArgumentParser(description='Runs the fuzzers of tests/fuzz.')
    parser.add_argument('--build', default='build/address', type=pathlib.Path)
    parser.add_argument('--seconds', default=60, type=int, help='for each target')
    parser.add_argument('--junitxml', help='a report besides')
    parser.add_argument('targets', nargs='*', metavar='target', help='which (default: all)')
    arguments = parser.parse_args()
    targets = arguments.targets or all_targets()
    if unknown := set(targets) - set(all_targets()):
        parser.error(f"no target {' '.join(sorted(unknown))}; there are {' '.join(all_targets())}")
    build = (ROOT / arguments.build).resolve()
    began = time.monotonic()
    results = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for result in pool.map(lambda target: run(target, build, arguments.seconds), targets):
            results.append(result)
            print(result.line(), flush=True)
    for result in results:
        if result.status != 0:
            print(f'\n{result.target}:\n{result.details()}')
    failed = sum(result.status != 0 for result in results)
    print(f'{sum(result.executions for result in results)} executions of {len(results)} targets in '
          f'{time.monotonic() - began:.0f} s, {failed} failed')
    if arguments.junitxml:
        write_report(results, arguments.junitxml)
    if path := os.environ.get('STILE_REPORT'):
        append_counts(results, path)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
