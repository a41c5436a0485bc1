"""Headless Chromium controlled like a user would, with access only to this machine."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from known_secrets import SECRETS, remember

PATIENCE = 15  # seconds

ARGUMENTS = (
    '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run',
    '--no-default-browser-check', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-extensions', '--no-proxy-server', '--lang=en', '--window-size=1000,900',
)


def options_for(profile, hosts, preferences, checks_certificates):
    options = Options()
    options.binary_location = '/usr/bin/chromium'
    for argument in ARGUMENTS:
        options.add_argument(argument)
    if not checks_certificates:
        options.add_argument('--ignore-certificate-errors')
    options.add_argument(f'--user-data-dir={profile}')
    # Only the given names resolve.
    rules = [f'MAP {host} {address}' for host, address in hosts.items()]
    options.add_argument('--host-resolver-rules=' + ', '.join([*rules, 'MAP * ~NOTFOUND', 'EXCLUDE localhost',
                                                               'EXCLUDE 127.0.0.1']))
    # A prompt to save a password would take the next click.
    options.add_experimental_option('prefs', {'credentials_enable_service': False,
                                              'profile.password_manager_enabled': False,
                                              'profile.password_manager_leak_detection': False} | preferences)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    return options


def trust(authorities, home):
    """Adds CAs to the browser as a user does: Chromium on Linux keeps them in this NSS database."""
    database = pathlib.Path(home) / '.pki/nssdb'
    database.mkdir(parents=True)
    subprocess.run(['certutil', '-d', f'sql:{database}', '-N', '--empty-password'], check=True)
    for authority in authorities:
        certificate = subprocess.run(['openssl', 'x509', '-in', authority], check=True, capture_output=True).stdout
        subprocess.run(['certutil', '-d', f'sql:{database}', '-A', '-a', '-n', str(authority), '-t', 'C,,'],
                       input=certificate, check=True)


class Browser:
    """A separate Chromium; `hosts` maps host names to address:port, `preferences` are Chromium's.

    It takes any certificate, unless `authorities` says which files' it trusts besides those that it knows.
    """

    def __init__(self, hosts, preferences=None, authorities=None):
        self.profile = tempfile.mkdtemp(prefix='chromium-')
        self.hosts = hosts
        self.preferences = preferences or {}
        self.authorities = authorities

    def __enter__(self):
        environment = dict(os.environ)
        if self.authorities is not None:
            environment['HOME'] = self.profile
            trust(self.authorities, self.profile)
        options = options_for(self.profile, self.hosts, self.preferences, self.authorities is not None)
        self.driver = webdriver.Chrome(service=Service('/usr/bin/chromedriver', env=environment), options=options)
        self.driver.set_page_load_timeout(PATIENCE)
        self.first_window = self.driver.current_window_handle
        return self

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    # User actions.

    def open(self, url):
        self.driver.get(url)

    def press(self, text):
        """Clicks the button or link with that text."""
        self.one(f'//*[self::button or self::a][normalize-space()="{text}"]').click()

    def fill(self, label, text):
        """Types into the field with that label, replacing its content."""
        field = self.field(label)
        field.clear()
        field.send_keys(text)

    def log_in(self, name='admin', password='admin'):
        self.wait_for_heading('Sign in')
        self.fill('Username', name)
        self.fill('Password', password)
        remember({'password': password})
        self.press('Sign in')

    def new_tab(self):
        self.driver.switch_to.new_window('tab')
        return self.driver.current_window_handle

    # Visible content.

    def one(self, xpath):
        return self.driver.find_element(By.XPATH, xpath)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def field(self, label):
        """The field of the label; found by its accessible name, as assistive technology does, not by its name attribute."""
        return self.driver.find_element(By.ID, self.one(f'//label[normalize-space()="{label}"]').get_attribute('for'))

    def wait(self, condition, what):
        # The page may change between two reads.
        passing = [NoSuchElementException, StaleElementReferenceException]
        return WebDriverWait(self.driver, PATIENCE, 0.05, passing).until(lambda _: condition(), message=what)

    def heading(self):
        return self.run("return document.querySelector('h1')?.innerText ?? ''")

    def wait_for_heading(self, text):
        try:
            self.wait(lambda: self.heading() == text, text)
        except TimeoutException as error:
            raise AssertionError(f'expected the page "{text}"; {self.driver.current_url} says: {self.text()}') from error

    def wait_for_change_of(self, element):
        """Waits until the page with that element is gone."""
        WebDriverWait(self.driver, PATIENCE, 0.05).until(staleness_of(element), message='the page did not change')

    def text(self):
        return self.run("return document.body?.innerText ?? ''")

    def active(self):
        return self.driver.switch_to.active_element

    # Test-only functions.

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def emulate(self, color_scheme):
        self.command('Emulation.setEmulatedMedia',
                     features=[{'name': 'prefers-color-scheme', 'value': color_scheme}])

    def set_width(self, width):
        self.command('Emulation.setDeviceMetricsOverride', width=width, height=800, deviceScaleFactor=1, mobile=False)

    def complaints(self):
        """The messages of the console, without the notes about pages with an expected error status, and about an
        autofocus that came after the test's own typing."""
        expected = r'\S+/(login|approve|oauth/(authorize|logout))(\?\S*)? - (.* a status of 4\d\d|Autofocus processing was blocked)'
        return [entry['message'] for entry in self.driver.get_log('browser') if not re.match(expected, entry['message'])]

    def start_afresh(self):
        """One window, no cookies, nothing emulated, an empty console."""
        for handle in self.driver.window_handles:
            if handle != self.first_window:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(self.first_window)
        SECRETS.update(('cookie', cookie['value']) for cookie in self.command('Network.getAllCookies')['cookies'])
        self.command('Network.clearBrowserCookies')
        self.command('Emulation.setEmulatedMedia', features=[])
        self.command('Emulation.clearDeviceMetricsOverride')
        self.open('about:blank')
        self.driver.get_log('browser')
