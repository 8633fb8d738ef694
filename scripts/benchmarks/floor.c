/* floor: what libssh2 itself costs, the yardstick for everything that is built on it.
 *
 *   floor -p PORT -k KEY -K KNOWN_HOSTS -H HOSTS_FILE [-j CONCURRENT] [-c COMMAND] [-i STDIN_FILE] [-u FILE -d DESTINATION]
 *
 * Every host of the file: TCP connect, handshake, host key against known_hosts, publickey authentication, exec of COMMAND (its
 * output read to the end, its exit status checked), close. One thread, epoll, at most CONCURRENT connections under way.
 * With -u the file is sent to DESTINATION.HOST through `cat`.
 */
#define _GNU_SOURCE
#include "connection.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_HOSTS 8192
static char hosts[MAX_HOSTS][64];

static const char *map(const char *path, size_t *length) {
  struct stat info;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &info)) { perror(path); exit(1); }
  const char *bytes = mmap(NULL, info.st_size ? (size_t)info.st_size : 1, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED) { perror(path); exit(1); }
  close(fd);
  *length = (size_t)info.st_size;
  return bytes;
}

static int read_hosts(const char *path) {
  int count = 0;
  FILE *list = fopen(path, "r");
  if (!list) { perror(path); exit(1); }
  while (count < MAX_HOSTS && fscanf(list, "%63s", hosts[count]) == 1) count++;
  fclose(list);
  return count;
}

static void begin(struct connection *c, const char *host, const struct job *job, int epoll) {
  memcpy(c->host, host, sizeof c->host);
  start(c, job);
  struct epoll_event event = { .events = c->events, .data.ptr = c };
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static int run(const struct job *job, int count, int concurrent) {
  struct connection *connections = calloc((size_t)concurrent, sizeof *connections);
  struct epoll_event events[256];
  int epoll = epoll_create1(EPOLL_CLOEXEC), begun = 0, active = 0;
  if (!connections) return 1;
  for (; begun < concurrent && begun < count; begun++, active++) begin(&connections[begun], hosts[begun], job, epoll);
  while (active) {
    int ready = epoll_wait(epoll, events, 256, 30000);
    if (ready <= 0) { fprintf(stderr, "floor: nothing moved for 30 s\n"); return 1; }
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      if (advance(c, job)) {
        active--;
        if (begun < count) { begin(c, hosts[begun++], job, epoll); active++; }
        continue;
      }
      unsigned events_wanted = wanted(c);
      if (events_wanted == c->events) continue;
      struct epoll_event event = { .events = c->events = events_wanted, .data.ptr = c };
      epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
    }
  }
  free(connections);
  return 0;
}

int main(int argc, char **argv) {
  struct job job = { .port = 22, .command = "true" };
  const char *known = NULL, *list = NULL;
  int concurrent = 64, option;
  while ((option = getopt(argc, argv, "p:k:K:H:j:c:i:u:d:")) != -1) switch (option) {
    case 'p': job.port = atoi(optarg); break;
    case 'k': job.key = map(optarg, &job.key_length); break;
    case 'K': known = optarg; break;
    case 'H': list = optarg; break;
    case 'j': concurrent = atoi(optarg); break;
    case 'c': job.command = optarg; break;
    case 'i': case 'u': job.input = map(optarg, &job.input_length); break;
    case 'd': job.destination = optarg; break;
    default: return 64;
  }
  if (!job.key || !known || !list || concurrent < 1) { fprintf(stderr, "floor: -k, -K and -H are needed\n"); return 64; }
  libssh2_init(0);
  job.known = libssh2_knownhost_init(libssh2_session_init());
  if (libssh2_knownhost_readfile(job.known, known, LIBSSH2_KNOWNHOST_FILE_OPENSSH) < 0) {
    fprintf(stderr, "floor: cannot read %s\n", known);
    return 1;
  }
  return run(&job, read_hosts(list), concurrent);
}
