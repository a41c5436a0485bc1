"""A proxy between the functions and Redis that cuts connections in the middle of a reply."""
import os
import pathlib
import socket
import threading


class CuttingProxy:
    """Replaces the socket at `path`; existing connections stay. Forwards everything until `cut_after` is a list of
    numbers: then each further connection is closed after so many bytes of replies, in turn."""

    def __init__(self, path):
        self.path, self.real = pathlib.Path(path), pathlib.Path(f'{path}.real')
        self.cut_after = None
        self.cuts = 0
        self.lock = threading.Lock()

    def __enter__(self):
        os.rename(self.path, self.real)
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(self.path))
        self.listening.listen(128)
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listening.close()
        os.rename(self.real, self.path)

    def accept(self):
        while True:
            try:
                client, _ = self.listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self.real))
            except OSError:
                return  # closed
            threading.Thread(target=self.pass_on, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(server, client, True), daemon=True).start()

    def pass_on(self, source, target, is_reply):
        left = self.next_cut() if is_reply else None
        try:
            while data := source.recv(65536):
                if left is not None and len(data) > left:
                    target.sendall(data[:left])
                    break
                left = left if left is None else left - len(data)
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)  # wakes the other direction, so that nothing is closed while it is read
            except OSError:
                pass

    def next_cut(self):
        with self.lock:
            if self.cut_after is None:
                return None
            self.cuts += 1
            return self.cut_after[self.cuts % len(self.cut_after)]
