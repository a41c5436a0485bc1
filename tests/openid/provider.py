"""The provider under test as relying parties reach it: over https, with a TLS proxy in front of its nginx."""
import asyncio
import json
import re
import ssl
import threading

from stack import Stack

NAME = 'alice'
PASSWORD = 'the password of alice'
# OpenID Connect Core §5.1: every standard claim, by the scope that requests it (§5.4).
CLAIMS = {
    'profile': {
        'name': 'Alice Meyer-Żółć', 'given_name': 'Alice', 'family_name': 'Meyer-Żółć', 'middle_name': 'Ada',
        'nickname': 'Al', 'preferred_username': 'alice', 'profile': 'https://alice.example/',
        'picture': 'https://alice.example/alice.png', 'website': 'https://alice.example/blog', 'gender': 'female',
        'birthdate': '1985-10-26', 'zoneinfo': 'Europe/Warsaw', 'locale': 'pl-PL', 'updated_at': 1700000000,
    },
    'email': {'email': 'alice@example.com', 'email_verified': True},
    'address': {'address': {'formatted': 'Długa 1\n00-238 Warszawa', 'street_address': 'Długa 1',
                            'locality': 'Warszawa', 'postal_code': '00-238', 'country': 'PL'}},
    'phone': {'phone_number': '+48 22 555 01 23', 'phone_number_verified': False},
}
SCOPE = ' '.join(['openid', *CLAIMS, 'offline_access'])


class TlsFront:
    """A TLS proxy on a free port that forwards to `port` of this machine, which may be set later."""

    def __init__(self, certificate):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.port = None
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self.connect, '127.0.0.1', 0, ssl=self.context))
        self.address = f'https://localhost:{self.server.sockets[0].getsockname()[1]}'

    def __enter__(self):
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.run_until_complete(self.end())
        self.loop.close()

    async def end(self):
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def connect(self, reader, writer):
        there_reader, there_writer = await asyncio.open_connection('127.0.0.1', self.port)
        await asyncio.gather(self.hand_on(reader, there_writer), self.hand_on(there_reader, writer))

    async def hand_on(self, reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # the other end has disconnected
        finally:
            writer.close()


class Provider(Stack):
    """The running Stile with the operator's setup for the tests: registered clients, and one user."""

    def __init__(self, certificate):
        self.front = TlsFront(certificate)
        self.certificate = certificate
        self.clients = 0
        super().__init__(STILE_ISSUER=self.front.address)

    def __enter__(self):
        super().__enter__()
        self.front.port = self.port
        self.front.__enter__()
        self.add_user()
        return self

    def __exit__(self, *problem):
        self.front.__exit__(*problem)
        return super().__exit__(*problem)

    @property
    def issuer(self):
        return self.front.address

    def add_user(self):
        claims = {name: value for group in CLAIMS.values() for name, value in group.items()}
        self.admin('user', 'add', NAME, '--subject', NAME, '--password', PASSWORD,
                   *(word for name, value in claims.items() for word in ('--claim', f'{name}={json.dumps(value)}')))

    def add_client(self, redirect_uri, *options):
        """client_id and client_secret of a new client."""
        self.clients += 1
        client_id = f'relying-party-{self.clients}'
        shown = self.admin('client', 'add', '--id', client_id, '--redirect-uri', redirect_uri, '--scope', SCOPE,
                           *options)
        return client_id, re.search('client_secret: (.+)', shown)[1]
