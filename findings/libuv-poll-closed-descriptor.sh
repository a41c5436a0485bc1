#!/bin/bash
# libuv's uv_close() of a poll handle that was stopped long ago takes the descriptor's number out of epoll, whichever file has it
# by then: that file is never reported again, and no call fails.
#
# The manual says of uv_poll_t: "the fd can be safely closed immediately after a call to uv_poll_stop() or uv_close()" (docs/src/poll.rst).
# Guess before the run: a stopped handle has let go of its descriptor, so closing the handle later changes nothing.
#
# Seen 2026-11-30 with libuv 1.44.2 (Debian 12); the source of 1.50.0 (Debian 13) and of today's main branch (src/unix/poll.c,
# uv__poll_stop, called for both) reads the same:
#   handle closed before the descriptor     the next file with that number is reported
#   handle stopped, descriptor closed,
#     handle closed after the number was
#     given again                           the next file with that number is not reported, although its handle is active
# hiredis, libcurl and the like close their sockets themselves after they have told the adapter: the adapter must close the
# handle in that very call, not only stop it there.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download libuv1-dev "$(apt-cache depends libuv1-dev | sed -n 's/ *Depends: \(libuv1.*\)/\1/p')" 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" debian; done

cat > poll.c <<'C'
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

static int reported;
static void on_event(uv_poll_t* handle, int status, int events) { (void)handle; (void)status; (void)events; ++reported; }

static int next_pair(int* other)
{
    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    *other = pair[1];
    return pair[0];
}

int main(int count, char** words)
{
    const int closes_first = count > 1 && strcmp(words[1], "first") == 0;
    uv_loop_t loop;
    uv_loop_init(&loop);
    uv_poll_t old, new;
    int old_other, new_other;
    const int old_socket = next_pair(&old_other);
    uv_poll_init(&loop, &old, old_socket);
    uv_poll_start(&old, UV_READABLE, on_event);
    uv_run(&loop, UV_RUN_NOWAIT);
    if (closes_first)
        uv_close((uv_handle_t*)&old, NULL);
    else
        uv_poll_stop(&old);
    close(old_socket);

    const int new_socket = next_pair(&new_other);
    uv_poll_init(&loop, &new, new_socket);
    uv_poll_start(&new, UV_READABLE, on_event);
    uv_run(&loop, UV_RUN_NOWAIT); /* it is in epoll now */
    if (!closes_first)
        uv_close((uv_handle_t*)&old, NULL);
    if (write(new_other, "x", 1) != 1)
        return 1;
    uv_run(&loop, UV_RUN_NOWAIT);
    uv_run(&loop, UV_RUN_NOWAIT);
    printf("libuv %s, handle closed %s: same number %s, active %s, reported %s\n", uv_version_string(), words[1],
           old_socket == new_socket ? "yes" : "no", uv_is_active((uv_handle_t*)&new) ? "yes" : "no", reported ? "yes" : "no");
    return 0;
}
C
libraries=$(dirname "$(find debian -name 'libuv.so.1')")
gcc -Idebian/usr/include poll.c -o poll "$libraries/libuv.so.1"
seen=$(for order in first later; do LD_LIBRARY_PATH=$libraries ./poll $order; done)
echo "$seen"

expect() { grep -qE -- "$1" <<<"$seen" || { echo "changed: no line \"$1\"" >&2; exit 1; }; }
expect '^libuv 1\.(44\.2|50\.0), handle closed first: same number yes, active yes, reported yes$'
expect '^libuv 1\.(44\.2|50\.0), handle closed later: same number yes, active yes, reported no$'
