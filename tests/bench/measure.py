"""One measurement: the generator drives one operation of one set; CPU, switches, round trips and memory are read around it."""
import json
import pathlib
import re
import subprocess
import time

from sets import PROGRAMS


def cpu_of(pids):
    """Nanoseconds on a processor, of all threads, also those that have ended (clock_getcpuclockid(3): ~pid << 3 | 2)."""
    return sum(time.clock_gettime_ns(~pid << 3 | 2) for pid in pids)


def resident(pid):
    """Resident memory in kB."""
    status = pathlib.Path(f'/proc/{pid}/status').read_text()
    return int(next(line for line in status.splitlines() if line.startswith('VmRSS:')).split()[1])


def waits_of(pids):
    """How often the threads of these processes have given up a processor to wait for something."""
    statuses = [status.read_text() for pid in pids for status in pathlib.Path(f'/proc/{pid}/task').glob('*/status')]
    return sum(int(re.search(r'^voluntary_ctxt_switches:\s+(\d+)', status, re.MULTILINE)[1]) for status in statuses)


def drive(target, flow, connections, seconds=None, requests=None, use=None, save=None, resource=None):
    """Runs one flow and gives its figures."""
    command = [PROGRAMS / 'load', '--port', str(target.port), '--flow', flow, '--connections', str(connections)]
    options = {'client-id': 'load', 'client-secret': target.secret, 'seconds': seconds, 'requests': requests, 'use': use, 'save': save, 'resource': resource} | target.options
    for option, value in options.items():
        if value is not None:
            command += [f'--{option}', str(value)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        begun = process.stdout.readline()
        assert begun == 'begun\n', begun
        groups = target.processes()
        before = {group: cpu_of(pids) for group, pids in groups.items()}
        waits = waits_of(groups['function'])
        reads = target.redis_reads()
        result = json.loads(process.stdout.readline())
    # The cost of the reading itself: the two INFOs, each on its own connection.
    reads = max(0, target.redis_reads() - reads - 1)
    after = {group: cpu_of(pids) for group, pids in groups.items()}
    waits = waits_of(groups['function']) - waits
    assert process.returncode == 0
    done = max(result['well'], 1)
    result['cpu_us'] = {group: (after[group] - before[group]) / 1000 / done for group in groups}
    result['cpu_us']['all'] = sum(result['cpu_us'].values())
    result['switches'] = waits / done
    result['round_trips'] = reads / done
    result['rate'] = result['well'] / result['seconds']
    result['rss_kb'] = max(resident(pid) for pid in groups['function'])
    return result
