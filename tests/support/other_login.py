"""A source tree whose nginx calls another program at /login, configured with the lines of functions/login/README.md; SETTINGS are those
of its Stack."""
import re
import shutil

from stack import ROOT

EXAMPLE = ROOT / 'functions/login/example/login.py'
SECRET = 'Secret0of1the2login3program4of5the6tests'
SETTINGS = {'STILE_LOGIN_PROGRAM_SECRET': SECRET}


def readme_lines():
    return re.search(r'```nginx\n(.*?)```', (ROOT / 'functions/login/README.md').read_text(), re.S)[1]


def root_with_other_login(folder, passes=None, more=''):
    """`passes`: replaces the README's fastcgi_pass in the location; `more`: further locations."""
    for name in ('redis', 'functions'):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / 'nginx', folder / 'nginx')
    lines = readme_lines()
    if passes:
        lines = re.sub(r'fastcgi_pass [^;]*;', passes, lines)
    path = folder / 'nginx/stile.conf'
    text, replaced = re.subn(r'location = /login \{.*?\n\}\n', lambda _: lines + more, path.read_text(), flags=re.S)
    assert replaced == 1
    path.write_text(text)
    (folder / 'nginx/accept-login-secret.conf').write_text(f'fastcgi_param STILE_LOGIN_PROGRAM_SECRET {SECRET};\n')
    return folder
