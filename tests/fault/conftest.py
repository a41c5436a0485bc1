"""What the fault tests share: their long form, and the table of counts."""
import json
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from ledger import check  # noqa: E402
from load import Load  # noqa: E402
from running import Clients  # noqa: E402
from stack import Stack  # noqa: E402

ROWS = pytest.StashKey()
COLUMNS = ('case', 'requests', 'acknowledged', 'unavailable', 'other', 'lost', 'doubled', 'recovery_ms')
LIVES_LONG = {'STILE_CODE_TTL': 600, 'STILE_ACCESS_TTL': 3600, 'STILE_REFRESH_TTL': 3600}


def pytest_configure(config):
    config.stash[ROWS] = []


def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash[ROWS]
    if not rows:
        return
    width = max(len(row['case']) for row in rows)
    terminalreporter.write_line(f'{"fault":{width}}' + ''.join(f'{name:>14}' for name in COLUMNS[1:]))
    for row in rows:
        terminalreporter.write_line(f'{row["case"]:{width}}' + ''.join(f'{row[name]:14}' for name in COLUMNS[1:]))


@pytest.fixture
def long():
    return 'STILE_LONG' in os.environ


@pytest.fixture(scope='session')
def shared_clients():
    with Stack(**LIVES_LONG) as stack:
        yield Clients(stack)


@pytest.fixture
def survive(request, long):
    """survive(clients, case, fault): runs load, calls `fault(load)`, waits for recovery, and checks every acknowledged
    operation. `fault` returns when the fault has ended. Returns the ledger."""

    well = 1000 if long else 60

    def survive(clients, case, fault, times=1, most_recovery=30, **how):
        recovery = 0
        with Load(clients, **how) as load:
            load.run_well(well)
            for _ in range(times):
                fault(load)
                recovery = max(recovery, load.recovered())
            load.run_well(well)
        ledger = load.ledger
        check(ledger, clients)
        row = ledger.row(case, recovery)
        request.config.stash[ROWS].append(row)
        if path := os.environ.get('STILE_REPORT'):
            with open(path, 'a') as report:
                report.write(json.dumps(row) + '\n')
        assert (ledger.other, ledger.lost, ledger.doubled) == ([], [], []), row
        assert recovery < most_recovery
        return ledger

    return survive
