"""What compiler and linker have put into every program, read from the program itself."""
import functools
import re
import subprocess

import pytest

from endpoints import ENDPOINTS, has_pages
from stack import BUILD, PROGRAMS

pytestmark = pytest.mark.skipif(BUILD.name in ('address', 'thread'), reason='instrumented programs are not shipped')

SHIPPED = sorted(path.name for path in PROGRAMS.iterdir() if path.name == 'stile' or path.name.startswith('stile-'))

# Flags of every source file; gcc records them beside the debug information.
SWITCHES = ('-fPIE', '-fstack-protector-strong', '-fstack-clash-protection', '-fcf-protection=full',
            '-ftrivial-auto-var-init=zero')


@functools.cache
def show(tool, *arguments):
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, errors='replace', timeout=120,
                          env={'LC_ALL': 'C', 'PATH': '/usr/bin:/bin'})
    assert done.returncode == 0, done.stderr
    return done.stdout


def header(program):
    return show('readelf', '--wide', '--file-header', PROGRAMS / program)


def segments(program):
    """(type, offset, flags) of each program header; flags such as 'R E'."""
    lines = re.findall(r'^ +([A-Z_]+) +(0x[0-9a-f]+) (?:0x[0-9a-f]+ ){4}([RWE ]{3}) ',
                       show('readelf', '--wide', '--segments', PROGRAMS / program), re.MULTILINE)
    return [(kind, int(offset, 16), flags) for kind, offset, flags in lines]


def dynamic(program):
    return show('readelf', '--wide', '--dynamic', PROGRAMS / program)


def imports(program):
    return set(re.findall(r' UND ([^ @\n]+)', show('readelf', '--wide', '--dyn-syms', PROGRAMS / program)))


def test_something_is_shipped():
    """STILE-hardening-1 Every function and the two commands are checked."""
    assert {'stile', 'stile-run', *(f'stile-{name}' for name in ENDPOINTS)} <= set(SHIPPED)


@pytest.mark.parametrize('program', SHIPPED)
def test_loaded_anywhere(program):
    """STILE-hardening-2 Programs are position independent, without relocations in their text."""
    assert 'DYN (Position-Independent Executable file)' in header(program)
    assert 'TEXTREL' not in dynamic(program)


@pytest.mark.parametrize('program', SHIPPED)
def test_relocations_are_read_only(program):
    """STILE-hardening-3 All symbols are bound at start, and their table is read-only from then on (full RELRO)."""
    assert any(kind == 'GNU_RELRO' for kind, _, _ in segments(program))
    assert re.search(r'\(FLAGS\).*BIND_NOW', dynamic(program)) and re.search(r'\(FLAGS_1\).*NOW', dynamic(program))


@pytest.mark.parametrize('program', SHIPPED)
def test_nothing_is_writable_and_executable(program):
    """STILE-hardening-4 No segment is writable and executable, nor is the stack, and code has its own pages."""
    loaded = [(offset, flags) for kind, offset, flags in segments(program) if kind == 'LOAD']
    assert len(loaded) >= 4 and not any('W' in flags and 'E' in flags for _, flags in loaded)
    assert [flags for kind, _, flags in segments(program) if kind == 'GNU_STACK'] == ['RW ']
    assert all('E' not in flags for offset, flags in loaded if offset == 0)  # headers are not code


@pytest.mark.parametrize('program', SHIPPED)
def test_no_library_path(program):
    """STILE-hardening-5 Libraries are loaded only from the system's folders."""
    assert 'RPATH' not in dynamic(program) and 'RUNPATH' not in dynamic(program)


@pytest.mark.parametrize('program', SHIPPED)
def test_checks_at_run_time(program):
    """STILE-hardening-6 Stack canaries, checked copies (_FORTIFY_SOURCE) and checked containers are enabled."""
    found = imports(program)
    assert '__stack_chk_fail' in found
    # What stile-deliver calls has no checked variant.
    assert {name for name in found if name.startswith('__') and name.endswith('_chk')} or program == 'stile-deliver'
    assert '_ZSt21__glibcxx_assert_failPKciS0_S0_' in found


@pytest.mark.parametrize('program', SHIPPED)
def test_compiled_with(program):
    """STILE-hardening-7 Every source file is compiled with the same flags."""
    units = show('readelf', '--wide', '--debug-dump=info', '--dwarf-depth=1', PROGRAMS / program)
    producers = re.findall(r'DW_AT_producer.*?: (GNU C\+\+.*)\n(?:.*\n)?.*DW_AT_name.*?: (\S+)$', units, re.MULTILINE)
    ours = [(name, switches) for switches, name in producers if name.startswith(('shared/', 'functions/', 'build/'))]
    assert len(ours) > 2
    for name, switches in ours:
        assert [switch for switch in SWITCHES if switch not in switches.split()] == [], name


@pytest.mark.parametrize('program', SHIPPED)
def test_branch_targets_are_marked(program):
    """STILE-hardening-8 Indirect branches have valid targets (CET). The whole program is only marked if Debian's crt1.o
    is marked too."""
    code = show('objdump', '--disassemble', '--section=.text', '--no-show-raw-insn', PROGRAMS / program)
    main = re.search(r'^[0-9a-f]+ <main>:\n +[0-9a-f]+:\s+(\S+)', code, re.MULTILINE)
    assert main and main[1] == 'endbr64'
    assert code.count('endbr64') > 20


def test_template_engine():
    """STILE-hardening-9 Only functions with pages link the template engine."""
    linked = {name for name in ENDPOINTS if 'libctemplate' in dynamic(f'stile-{name}')}
    assert linked == {name for name in ENDPOINTS if has_pages(name)}
