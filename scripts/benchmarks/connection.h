/* One SSH connection of the floor program: connect, verify, authenticate, run or send, close. */
#ifndef CONNECTION_H
#define CONNECTION_H
#include <libssh2.h>
#include <stddef.h>

enum phase {
  CONNECT, HANDSHAKE, AUTHENTICATE, OPEN, EXEC, FEED, SEND_EOF, READ, CLOSE, WAIT_CLOSED, FREE_CHANNEL, DISCONNECT, DONE
};

struct connection {
  enum phase phase;
  char host[64], command[4096];
  int fd;
  /* epoll's events that this connection waits for. */
  unsigned events;
  size_t fed;
  LIBSSH2_SESSION *session;
  LIBSSH2_CHANNEL *channel;
};

/* The same for all connections of a run. */
struct job {
  int port;
  LIBSSH2_KNOWNHOSTS *known;
  const char *key;
  size_t key_length;
  const char *command;
  /* Standard input of the command; NULL for none. */
  const char *input;
  size_t input_length;
  /* Not NULL: the input becomes the file DESTINATION.HOST. */
  const char *destination;
};

void start(struct connection *connection, const struct job *job);
/* Advances until it would block (0) or is done (1). Any failure ends the program: a floor has no errors. */
int advance(struct connection *connection, const struct job *job);
/* What the connection waits for now, as events of epoll. */
unsigned wanted(const struct connection *connection);
#endif
