#ifndef MARTLET_CLIBSSH2_SHIM_H
#define MARTLET_CLIBSSH2_SHIM_H

// What Swift cannot import from libssh2 (function-like macros, untyped callbacks), and the callbacks themselves.

#include <errno.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// The abstract pointer of every session: how its bytes travel, and what came over the wire so far.
typedef struct martlet_link {
    // Bytes received and sent since the start: whoever waits looks whether anything moved.
    uint64_t received;
    uint64_t sent;
    // Zero after a short read: the kernel holds nothing until the next event, so no system call is spent on asking.
    int readable;
    // Nonzero once the peer closed its side: the end of the stream may stand right behind a short read.
    int closing;
    // Nonzero once the connection is given up: every further transfer fails at once, so that freeing never waits.
    int dead;
    // For a session that runs inside another one's forwarded stream; NULL for a socket.
    void *context;
    ssize_t (*pull)(void *context, void *buffer, size_t length);
    ssize_t (*push)(void *context, const void *buffer, size_t length);
    // What a server's hidden prompt is answered with while keyboard-interactive authentication runs; NULL otherwise.
    const char *answer;
    unsigned int answer_length;
} martlet_link;

// A signature that is being made elsewhere (by an agent): the callback hands out what to sign and waits for the answer.
typedef struct martlet_signer {
    unsigned char *data;
    size_t data_length;
    // Empty until known. `failed` ends the attempt.
    const unsigned char *signature;
    size_t signature_length;
    int failed;
} martlet_signer;

static ssize_t martlet_receive(libssh2_socket_t fd, void *buffer, size_t length, int flags, void **abstract) {
    martlet_link *link = (martlet_link *)*abstract;
    if (link->dead) return -ECONNRESET;
    if (link->pull) {
        ssize_t count = link->pull(link->context, buffer, length);
        if (count > 0) link->received += (uint64_t)count;
        return count;
    }
    if (!link->readable) return -EAGAIN;
    ssize_t count = recv(fd, buffer, length, flags | MSG_NOSIGNAL);
    if (count < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) { link->readable = 0; return -EAGAIN; }
        if (errno == EINTR) return -EAGAIN;
        return -errno;
    }
    // The end of the stream is told again and again, as recv does.
    if (count == 0) return 0;
    if ((size_t)count < length && !link->closing) link->readable = 0;
    link->received += (uint64_t)count;
    // The kernel falls back to delayed acknowledgements by itself; a server whose small writes wait for ours loses 40 ms.
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
    return count;
}

static ssize_t martlet_send(libssh2_socket_t fd, const void *buffer, size_t length, int flags, void **abstract) {
    martlet_link *link = (martlet_link *)*abstract;
    if (link->dead) return -ECONNRESET;
    ssize_t count;
    if (link->push) {
        count = link->push(link->context, buffer, length);
    } else {
        count = send(fd, buffer, length, flags | MSG_NOSIGNAL);
        if (count < 0) count = (errno == EWOULDBLOCK || errno == EINTR) ? -EAGAIN : -errno;
    }
    if (count > 0) link->sent += (uint64_t)count;
    return count;
}

static int martlet_sign(LIBSSH2_SESSION *session, unsigned char **signature, size_t *signature_length,
                        const unsigned char *data, size_t data_length, void **abstract) {
    (void)session;
    martlet_signer *signer = (martlet_signer *)*abstract;
    if (signer->failed) return -1;
    if (signer->signature) {
        // libssh2 frees it with the allocator of the session, which is the C library's.
        unsigned char *copy = (unsigned char *)malloc(signer->signature_length ? signer->signature_length : 1);
        if (!copy) return -1;
        memcpy(copy, signer->signature, signer->signature_length);
        *signature = copy;
        *signature_length = signer->signature_length;
        return 0;
    }
    if (!signer->data) {
        signer->data = (unsigned char *)malloc(data_length ? data_length : 1);
        if (!signer->data) return -1;
        memcpy(signer->data, data, data_length);
        signer->data_length = data_length;
    }
    return LIBSSH2_ERROR_EAGAIN;
}

static void martlet_respond(const char *name, int name_length, const char *instruction, int instruction_length,
                            int prompts, const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompt,
                            LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses, void **abstract) {
    (void)name; (void)name_length; (void)instruction; (void)instruction_length;
    martlet_link *link = (martlet_link *)*abstract;
    for (int i = 0; i < prompts; i++) {
        responses[i].text = NULL;
        responses[i].length = 0;
        if (!link->answer || prompt[i].echo) continue;
        char *copy = (char *)malloc(link->answer_length ? link->answer_length : 1);
        if (!copy) continue;
        memcpy(copy, link->answer, link->answer_length);
        responses[i].text = copy;
        responses[i].length = link->answer_length;
    }
}

// A session whose bytes go through `link`, non-blocking.
static inline LIBSSH2_SESSION *martlet_session_new(martlet_link *link) {
    LIBSSH2_SESSION *session = libssh2_session_init_ex(NULL, NULL, NULL, link);
    if (!session) return NULL;
    libssh2_session_set_blocking(session, 0);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)martlet_receive);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)martlet_send);
    return session;
}

static inline int martlet_auth_agent(LIBSSH2_SESSION *session, const char *user, const unsigned char *key,
                                     size_t key_length, martlet_signer *signer) {
    void *abstract = signer;
    return libssh2_userauth_publickey(session, user, key, key_length, martlet_sign, &abstract);
}

static inline int martlet_auth_password(LIBSSH2_SESSION *session, const char *user, unsigned int user_length,
                                        const char *password, unsigned int length) {
    return libssh2_userauth_password_ex(session, user, user_length, password, length, NULL);
}

static inline int martlet_auth_interactive(LIBSSH2_SESSION *session, const char *user, unsigned int user_length) {
    return libssh2_userauth_keyboard_interactive_ex(session, user, user_length, martlet_respond);
}

static inline LIBSSH2_CHANNEL *martlet_channel_open(LIBSSH2_SESSION *session) {
    return libssh2_channel_open_ex(session, "session", 7, LIBSSH2_CHANNEL_WINDOW_DEFAULT, LIBSSH2_CHANNEL_PACKET_DEFAULT,
                                   NULL, 0);
}

static inline int martlet_channel_exec(LIBSSH2_CHANNEL *channel, const char *command, unsigned int length) {
    return libssh2_channel_process_startup(channel, "exec", 4, command, length);
}

// Bytes that were received for a channel and not read yet, both streams together.
static inline unsigned long martlet_channel_available(LIBSSH2_CHANNEL *channel) {
    unsigned long available = 0;
    libssh2_channel_window_read_ex(channel, &available, NULL);
    return available;
}

static inline int martlet_session_disconnect(LIBSSH2_SESSION *session, const char *reason) {
    return libssh2_session_disconnect_ex(session, SSH_DISCONNECT_BY_APPLICATION, reason, "");
}

// Bytes that wait in the kernel for a reader.
static inline int martlet_pending_bytes(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) == 0 ? count : 0;
}

// syscall(2), without the rest of unistd.h.
long syscall(long number, ...);

// Reads what the kernel holds in memory of a file, and never waits for a disk: preadv2(2) with RWF_NOWAIT, both of which the C
// library hides from who does not ask for GNU's extensions. For machines of 64 bits.
static inline ssize_t martlet_read_cached(int fd, void *buffer, size_t length, long offset) {
    struct { void *base; size_t length; } place = {buffer, length};
    return syscall(SYS_preadv2, fd, &place, 1, offset, 0L, 0x00000008);
}

// The beginning and the end of the program's code, from the linker.
extern char __executable_start, etext;

// Unmaps the program's code, none of which is ever written to; what runs again comes back from the page cache at once.
//
// A start touches half of it, here and there, and the kernel maps sixteen pages around each that is touched. Without this all of
// them count as memory of the process, and are kept like pages in use, as long as it runs.
static inline void martlet_unmap_code(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = ((uintptr_t)&__executable_start + page - 1) & ~(page - 1);
    uintptr_t end = (uintptr_t)&etext & ~(page - 1);
    if (start < end) madvise((void *)start, end - start, MADV_DONTNEED);
}

#endif
