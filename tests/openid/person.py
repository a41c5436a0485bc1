"""A user with a browser who wants to sign in: answers every page that the provider shows."""
from provider import NAME, PASSWORD

LANDED = 'Landed'  # at the relying party
LOGIN, CONSENT, LOGOUT = 'Sign in', 'Allow access?', 'Sign out?'
ON_THE_WAY = ('', 'One moment')  # between two pages; the page that posts itself (response_mode=form_post)
MOST = 5  # the maximum number of pages in one flow


class Person:
    def __init__(self, browser):
        self.browser = browser

    def visit(self, url):
        """Opens the URL and answers the pages; returns their headings, without the last one's."""
        self.browser.open(url)
        return self.go_on()

    def post(self, origin, url, fields):
        """Arrives by a form on a page of `origin`."""
        self.browser.open(origin)
        self.turn_page(lambda: self.browser.run('''const form = document.createElement('form');
            form.method = 'post';
            form.action = arguments[0];
            for (const [name, value] of Object.entries(arguments[1])) {
                const field = document.createElement('input');
                field.type = 'hidden';
                field.name = name;
                field.value = value;
                form.append(field);
            }
            document.body.append(form);
            form.submit();''', url, fields))
        return self.go_on()

    def go_on(self):
        pages = []
        while (heading := self.page()) in (LOGIN, CONSENT) and len(pages) < MOST:
            pages.append(heading)
            self.turn_page(self.log_in if heading == LOGIN else self.approve)
        return pages

    def log_in(self):
        self.browser.log_in(NAME, PASSWORD)

    def approve(self):
        """Remembers the consent if that is offered, as users do."""
        for box in self.browser.all('input[type=checkbox]'):
            box.click()
        self.browser.press('Approve')

    def answer(self, button):
        """On a page where visit() stopped."""
        self.turn_page(lambda: self.browser.press(button))

    def turn_page(self, act):
        """Clicks, and waits until this page is gone: the next one's window has no such mark."""
        self.browser.run('window.isThisPage = true')
        act()
        self.browser.wait(lambda: not self.browser.run('return window.isThisPage'), 'another page')

    def page(self):
        """The heading of the current page."""
        return self.browser.wait(lambda: self.browser.heading() not in ON_THE_WAY and self.browser.heading(), 'a page')

    def has_landed(self):
        return self.page() == LANDED

    def status(self):
        """The status of the response with the current page."""
        return self.browser.run('return performance.getEntriesByType("navigation")[0].responseStatus')

    def forget(self):
        """"Please remove any cookies you may have received from the OpenID Provider before proceeding." """
        self.browser.start_afresh()
