/* relay LISTEN_PORT TARGET_ADDRESS TARGET_PORT ONE_WAY_MS [LOG]: a TCP relay on every loopback address that holds each byte
 * back for ONE_WAY_MS in each direction and counts round trips.
 *
 * For each connection a line `turns TURNS up BYTES down BYTES` goes to LOG when it ends. A turn is an answer of the server that
 * comes at least the way there after the client began to speak: bytes that cross on the way are none. TCP's own handshake is not
 * counted. It ends connections itself, so that TCP's behaviour over a long path (windows, slow start) is not reproduced.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum side { CLIENT, SERVER };

/* Length 0 is the end of the stream. */
struct chunk { struct chunk *next; double due; size_t length, sent; char bytes[]; };
struct end { struct link *link; int fd; unsigned events; int is_over, is_shut; };
/* head[s]: what came from side s and waits to go to the other. */
struct link {
  struct link *next;
  struct end end[2];
  struct chunk *head[2], *tail[2];
  size_t held[2], total[2];
  enum side speaker;
  double spoke;
  long turns;
  int is_dead;
};

static struct link *links;
static int epoll;
static double hold;
static FILE *report;
static const int one = 1;
static const size_t most_held = 8u << 20;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void count(struct link *l, enum side from, double t, size_t length) {
  l->total[from] += length;
  if (from == l->speaker) return;
  if (from == SERVER) {
    if (t - l->spoke < hold) return;
    l->turns++;
  } else l->spoke = t;
  l->speaker = from;
}

static void append(struct link *l, enum side from, const char *bytes, size_t length) {
  struct chunk *c = malloc(sizeof *c + length);
  if (!c) { l->is_dead = 1; return; }
  *c = (struct chunk){ .due = now() + hold, .length = length };
  memcpy(c->bytes, bytes, length);
  if (l->tail[from]) l->tail[from]->next = c; else l->head[from] = c;
  l->tail[from] = c;
  l->held[from] += length;
}

/* Sends what is due; the rest waits for its time or, when the receiver is full, for EPOLLOUT. */
static void drain(struct link *l, enum side from, double t) {
  struct chunk *c;
  int to = l->end[!from].fd;
  while ((c = l->head[from]) && c->due <= t) {
    if (c->length) {
      ssize_t sent = send(to, c->bytes + c->sent, c->length - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) { if (errno != EAGAIN) l->is_dead = 1; return; }
      c->sent += (size_t)sent;
      if (c->sent < c->length) return;
    } else { shutdown(to, SHUT_WR); l->end[from].is_shut = 1; }
    l->held[from] -= c->length;
    l->head[from] = c->next;
    if (!c->next) l->tail[from] = NULL;
    free(c);
  }
}

static void watch(struct link *l, enum side side, double t) {
  struct end *end = &l->end[side];
  struct chunk *c = l->head[!side];
  unsigned events = 0;
  if (!end->is_over && l->held[side] < most_held) events |= EPOLLIN;
  if (c && c->due <= t) events |= EPOLLOUT;
  if (events == end->events) return;
  struct epoll_event event = { .events = end->events = events, .data.ptr = end };
  epoll_ctl(epoll, EPOLL_CTL_MOD, end->fd, &event);
}

static void receive(struct end *end) {
  static char buffer[65536];
  struct link *l = end->link;
  enum side side = end == &l->end[CLIENT] ? CLIENT : SERVER;
  ssize_t length = recv(end->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  /* Or the relay itself adds delayed acknowledgements. */
  setsockopt(end->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
  if (length > 0) { count(l, side, now(), (size_t)length); append(l, side, buffer, (size_t)length); }
  else if (length == 0) { end->is_over = 1; append(l, side, "", 0); }
  else if (errno != EAGAIN) l->is_dead = 1;
}

static void admit(int listener, const struct sockaddr_in *target) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct link *l = calloc(1, sizeof *l);
    int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!l || connect(out, (const void *)target, sizeof *target)) { close(fd); close(out); free(l); continue; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    l->end[CLIENT] = (struct end){ .link = l, .fd = fd, .events = EPOLLIN };
    l->end[SERVER] = (struct end){ .link = l, .fd = out, .events = EPOLLIN };
    l->speaker = SERVER; /* a greeting that nobody asked for is no turn */
    l->next = links;
    links = l;
    for (int s = CLIENT; s <= SERVER; s++) {
      struct epoll_event event = { .events = EPOLLIN, .data.ptr = &l->end[s] };
      epoll_ctl(epoll, EPOLL_CTL_ADD, l->end[s].fd, &event);
    }
  }
}

static void end_link(struct link *l) {
  if (report) fprintf(report, "turns %ld up %zu down %zu\n", l->turns, l->total[CLIENT], l->total[SERVER]), fflush(report);
  for (int s = CLIENT; s <= SERVER; s++) {
    close(l->end[s].fd);
    while (l->head[s]) {
      struct chunk *c = l->head[s];
      l->head[s] = c->next;
      free(c);
    }
  }
  free(l);
}

static void settle(void) {
  for (struct link **place = &links; *place;) {
    struct link *l = *place;
    double t = now();
    for (int s = CLIENT; s <= SERVER; s++) if (!l->is_dead) drain(l, s, t);
    if (l->is_dead || (l->end[CLIENT].is_shut && l->end[SERVER].is_shut)) {
      *place = l->next;
      end_link(l);
      continue;
    }
    for (int s = CLIENT; s <= SERVER; s++) watch(l, s, t);
    place = &l->next;
  }
}

/* Until the next chunk is due; chunks that wait for EPOLLOUT do not count. */
static struct timespec pause_length(void) {
  double t = now(), next = t + 1;
  for (struct link *l = links; l; l = l->next)
    for (int s = CLIENT; s <= SERVER; s++)
      if (l->head[s] && !(l->end[!s].events & EPOLLOUT) && l->head[s]->due < next) next = l->head[s]->due;
  double left = next > t ? next - t : 0;
  return (struct timespec){ (time_t)left, (long)((left - (double)(time_t)left) * 1e9) };
}

int main(int argc, char **argv) {
  if (argc < 5 || argc > 6) { fprintf(stderr, "usage: relay LISTEN_PORT ADDRESS PORT ONE_WAY_MS [LOG]\n"); return 64; }
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])) };
  struct sockaddr_in target = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[3])) };
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL }, events[256];
  hold = atof(argv[4]) / 1e3;
  if (argc == 6 && !(report = fopen(argv[5], "a"))) { perror(argv[5]); return 1; }
  if (inet_pton(AF_INET, argv[2], &target.sin_addr) != 1) { fprintf(stderr, "relay: %s is no address\n", argv[2]); return 64; }
  signal(SIGPIPE, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (void *)&at, sizeof at) || listen(listener, 4096)) { perror("relay"); return 1; }
  epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    struct timespec pause = pause_length();
    int ready = epoll_pwait2(epoll, events, 256, &pause, NULL);
    for (int i = 0; i < ready; i++) {
      struct end *end = events[i].data.ptr;
      if (!end) { admit(listener, &target); continue; }
      if (end->link->is_dead) continue;
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !end->is_over) receive(end);
      else if (events[i].events & (EPOLLHUP | EPOLLERR) && end->is_shut) end->link->is_dead = 1;
    }
    settle();
  }
}
