#define _GNU_SOURCE
#include "connection.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static void fail(const struct connection *c, const char *what) {
  char *text = "";
  if (c->session) libssh2_session_last_error(c->session, &text, NULL, 0);
  fprintf(stderr, "floor: %s: %s: %s\n", c->host, what, text);
  exit(1);
}

/* Acknowledges at once: small writes of a server wait (Nagle) for acknowledgements that a kernel holds back for 40 ms. */
static ssize_t receive(libssh2_socket_t fd, void *buffer, size_t length, int flags, void **abstract) {
  int one = 1;
  (void)abstract;
  ssize_t count = recv(fd, buffer, length, flags | MSG_NOSIGNAL);
  int error = errno;
  setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
  return count < 0 ? -error : count;
}

void start(struct connection *c, const struct job *job) {
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)job->port) };
  int one = 1;
  inet_pton(AF_INET, c->host, &to.sin_addr);
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(c->fd, (void *)&to, sizeof to) && errno != EINPROGRESS) { perror(c->host); exit(1); }
  c->session = libssh2_session_init();
  libssh2_session_set_blocking(c->session, 0);
  libssh2_session_callback_set(c->session, LIBSSH2_CALLBACK_RECV, (void *)receive);
  c->phase = CONNECT;
  c->channel = NULL;
  c->fed = 0;
  c->events = EPOLLOUT;
}

static void check_connected(const struct connection *c) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) { errno = error; perror(c->host); exit(1); }
}

static void check_host_key(const struct connection *c, const struct job *job) {
  size_t length;
  int type;
  struct libssh2_knownhost *entry;
  const char *key = libssh2_session_hostkey(c->session, &length, &type);
  int verdict = libssh2_knownhost_checkp(
    job->known, c->host, job->port, key, length, LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW, &entry);
  if (verdict != LIBSSH2_KNOWNHOST_CHECK_MATCH) fail(c, "host key not known");
}

#define AGAIN(code) do { if ((code) == LIBSSH2_ERROR_EAGAIN) return 0; } while (0)

int advance(struct connection *c, const struct job *job) {
  char sink[32768];
  ssize_t count;
  int code;
  for (;;) {
    switch (c->phase) {
    case CONNECT:
      check_connected(c);
      c->phase = HANDSHAKE;
      break;
    case HANDSHAKE:
      code = libssh2_session_handshake(c->session, c->fd);
      AGAIN(code);
      if (code) fail(c, "handshake");
      check_host_key(c, job);
      c->phase = AUTHENTICATE;
      break;
    case AUTHENTICATE:
      code = libssh2_userauth_publickey_frommemory(c->session, "root", 4, NULL, 0, job->key, job->key_length, NULL);
      AGAIN(code);
      if (code) fail(c, "authentication");
      c->phase = OPEN;
      break;
    case OPEN:
      c->channel = libssh2_channel_open_session(c->session);
      if (!c->channel) {
        AGAIN(libssh2_session_last_errno(c->session));
        fail(c, "open channel");
      }
      if (job->destination) snprintf(c->command, sizeof c->command, "cat >%s.%s", job->destination, c->host);
      else snprintf(c->command, sizeof c->command, "%s", job->command);
      c->phase = EXEC;
      break;
    case EXEC:
      code = libssh2_channel_exec(c->channel, c->command);
      AGAIN(code);
      if (code) fail(c, "exec");
      c->phase = job->input ? FEED : READ;
      break;
    case FEED:
      if (c->fed == job->input_length) { c->phase = SEND_EOF; break; }
      count = libssh2_channel_write(c->channel, job->input + c->fed, job->input_length - c->fed);
      AGAIN(count);
      if (count < 0) fail(c, "write");
      c->fed += (size_t)count;
      break;
    case SEND_EOF:
      code = libssh2_channel_send_eof(c->channel);
      AGAIN(code);
      if (code) fail(c, "end of input");
      c->phase = READ;
      break;
    case READ:
      count = libssh2_channel_read(c->channel, sink, sizeof sink);
      AGAIN(count);
      if (count < 0) fail(c, "read");
      if (count == 0) {
        if (!libssh2_channel_eof(c->channel)) return 0;
        c->phase = CLOSE;
      }
      break;
    case CLOSE:
      code = libssh2_channel_close(c->channel);
      AGAIN(code);
      if (code) fail(c, "close");
      c->phase = WAIT_CLOSED;
      break;
    case WAIT_CLOSED:
      code = libssh2_channel_wait_closed(c->channel);
      AGAIN(code);
      if (libssh2_channel_get_exit_status(c->channel)) fail(c, "exit status");
      c->phase = FREE_CHANNEL;
      break;
    case FREE_CHANNEL:
      code = libssh2_channel_free(c->channel);
      AGAIN(code);
      c->phase = DISCONNECT;
      break;
    case DISCONNECT:
      code = libssh2_session_disconnect(c->session, "done");
      AGAIN(code);
      libssh2_session_free(c->session);
      close(c->fd);
      c->phase = DONE;
      return 1;
    case DONE:
      return 1;
    }
  }
}

unsigned wanted(const struct connection *c) {
  int directions = libssh2_session_block_directions(c->session);
  unsigned events = 0;
  if ((directions & LIBSSH2_SESSION_BLOCK_INBOUND) || !directions) events |= EPOLLIN;
  if (directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) events |= EPOLLOUT;
  return events;
}
