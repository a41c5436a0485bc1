"""Somebody with a browser who wants in: whatever page the provider shows on the way is answered."""
from provider import NAME, PASSWORD

LANDED = 'Landed'  # at the relying party
LOGIN, CONSENT, LOGOUT = 'Sign in', 'Allow access?', 'Sign out?'
ON_THE_WAY = ('', 'One moment')  # between two pages; the page that posts itself (response_mode=form_post)
MOST = 5  # pages on one way


class Person:
    def __init__(self, browser):
        self.browser = browser

    def visit(self, url):
        """Goes there and answers what is asked: the headings of the pages that were shown, without that of the last."""
        self.browser.open(url)
        return self.go_on()

    def post(self, origin, url, fields):
        """Comes by a form on a page of `origin`."""
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
        """For good where that is offered, as people do."""
        for box in self.browser.all('input[type=checkbox]'):
            box.click()
        self.browser.press('Approve')

    def answer(self, button):
        """Of a page that visit() stopped at."""
        self.turn_page(lambda: self.browser.press(button))

    def turn_page(self, act):
        """What leads to another page, until this one is gone: the next one's window has no such mark."""
        self.browser.run('window.isThisPage = true')
        act()
        self.browser.wait(lambda: not self.browser.run('return window.isThisPage'), 'another page')

    def page(self):
        """The heading of the page that is shown."""
        return self.browser.wait(lambda: self.browser.heading() not in ON_THE_WAY and self.browser.heading(), 'a page')

    def has_landed(self):
        return self.page() == LANDED

    def status(self):
        """Of the answer that the page came with."""
        return self.browser.run('return performance.getEntriesByType("navigation")[0].responseStatus')

    def forget(self):
        """"Please remove any cookies you may have received from the OpenID Provider before proceeding." """
        self.browser.start_afresh()
