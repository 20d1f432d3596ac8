/*
 * The floor: the least a WebSocket proxy for VNC can do. One thread, one epoll, one buffer; no ticket, no filter, no
 * limits. Not a server for anybody: a yardstick for ./oriel bench gateway.
 * usage: floor PORT UNIX-SOCKET
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BUFFER (256 * 1024)
#define HEADROOM 10

/* One side of a console; what its socket did not take at once waits here. */
struct side {
    int fd, is_client, upgraded, dead;
    struct side *peer;
    unsigned char *rest;
    size_t rest_at, rest_end;
    unsigned char head[14]; /* the part of a client frame's header that was read */
    int have;
    uint64_t left; /* payload of the present client frame */
    unsigned char mask[4];
    unsigned turn;
};

static unsigned char buffer[HEADROOM + BUFFER];
static int poller;
static const char *target;

static void rol(uint32_t *v, int n) { *v = (*v << n) | (*v >> (32 - n)); }

static void sha1(const unsigned char *text, size_t length, unsigned char out[20]) {
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0}, w[80];
    unsigned char padded[192] = {0};
    size_t total = ((length + 8) / 64 + 1) * 64;
    memcpy(padded, text, length);
    padded[length] = 0x80;
    for (int i = 0; i < 8; i++) padded[total - 1 - i] = (unsigned char)((length * 8) >> (8 * i));
    for (size_t at = 0; at < total; at += 64) {
        for (int i = 0; i < 16; i++)
            w[i] = (uint32_t)padded[at + 4 * i] << 24 | padded[at + 4 * i + 1] << 16 | padded[at + 4 * i + 2] << 8 | padded[at + 4 * i + 3];
        for (int i = 16; i < 80; i++) { w[i] = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16]; rol(&w[i], 1); }
        uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
            uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
            uint32_t t = a;
            rol(&t, 5);
            t += f + e + k + w[i];
            e = d; d = c; rol(&b, 30); c = b; b = a; a = t;
        }
        h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e;
    }
    for (int i = 0; i < 20; i++) out[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const unsigned char in[20], char out[29]) {
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int at = 0;
    for (int i = 0; i < 21; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | (i + 2 < 20 ? in[i + 2] : 0);
        for (int k = 18; k >= 0; k -= 6) out[at++] = set[(v >> k) & 63];
    }
    out[27] = '=';
    out[28] = 0;
}

static void watch(struct side *s, uint32_t events, int op) {
    struct epoll_event event = {.events = events, .data.ptr = s};
    epoll_ctl(poller, op, s->fd, &event);
}

static void end(struct side *s) {
    struct side *both[2] = {s, s->peer};
    for (int i = 0; i < 2; i++)
        if (both[i] && !both[i]->dead) {
            both[i]->dead = 1;
            close(both[i]->fd);
            free(both[i]->rest);
            both[i]->rest = NULL;
        }
}

/* Writes; what is not taken is kept, and the other side is not read until it has gone. */
static void put(struct side *to, unsigned char *bytes, size_t length) {
    ssize_t sent = send(to->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == (ssize_t)length) return;
    if (sent < 0) {
        if (errno != EAGAIN) { end(to); return; }
        sent = 0;
    }
    to->rest = malloc(length - sent);
    memcpy(to->rest, bytes + sent, length - sent);
    to->rest_at = 0;
    to->rest_end = length - sent;
    watch(to, EPOLLOUT, EPOLL_CTL_MOD);
    watch(to->peer, 0, EPOLL_CTL_MOD);
}

static void drain(struct side *s) {
    ssize_t sent = send(s->fd, s->rest + s->rest_at, s->rest_end - s->rest_at, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) { end(s); return; }
    if (sent > 0) s->rest_at += sent;
    if (s->rest_at == s->rest_end) {
        free(s->rest);
        s->rest = NULL;
        watch(s, EPOLLIN, EPOLL_CTL_MOD);
        watch(s->peer, EPOLLIN, EPOLL_CTL_MOD);
    }
}

static void from_vm(struct side *s) {
    ssize_t n = recv(s->fd, buffer + HEADROOM, BUFFER, MSG_DONTWAIT);
    if (n <= 0) { if (n == 0 || errno != EAGAIN) end(s); return; }
    unsigned char *start = buffer + HEADROOM;
    if (n < 126) { start -= 2; start[1] = (unsigned char)n; }
    else if (n < 65536) { start -= 4; start[1] = 126; start[2] = n >> 8; start[3] = n & 255; }
    else { start -= 10; start[1] = 127; for (int i = 0; i < 8; i++) start[2 + i] = (unsigned char)((uint64_t)n >> (56 - 8 * i)); }
    start[0] = 0x82;
    put(s->peer, start, n + (buffer + HEADROOM - start));
}

static void from_client(struct side *s) {
    ssize_t n = recv(s->fd, buffer, BUFFER, MSG_DONTWAIT);
    if (n <= 0) { if (n == 0 || errno != EAGAIN) end(s); return; }
    ssize_t at = 0, out = 0;
    while (at < n) {
        if (s->left == 0) {
            s->head[s->have++] = buffer[at++];
            int need = s->have < 2 ? 2 : 6 + ((s->head[1] & 127) == 127 ? 8 : (s->head[1] & 127) == 126 ? 2 : 0);
            if (s->have < need) continue;
            if ((s->head[0] & 15) == 8) { end(s); return; }
            uint64_t length = s->head[1] & 127;
            int extra = length == 127 ? 8 : length == 126 ? 2 : 0;
            if (extra) for (length = 0, need = 0; need < extra; need++) length = length << 8 | s->head[2 + need];
            memcpy(s->mask, s->head + 2 + extra, 4);
            s->left = length;
            s->turn = 0;
            s->have = 0;
        } else {
            while (at < n && s->left > 0) { buffer[out++] = buffer[at++] ^ s->mask[s->turn++ & 3]; s->left--; }
        }
    }
    if (out > 0) put(s->peer, buffer, out);
}

static void upgrade(struct side *s) {
    ssize_t n = recv(s->fd, buffer, 8192, MSG_DONTWAIT);
    if (n <= 0) { if (n == 0 || errno != EAGAIN) end(s); return; }
    buffer[n] = 0;
    char *key = strcasestr((char *)buffer, "sec-websocket-key: ");
    if (!key || !strstr((char *)buffer, "\r\n\r\n")) { end(s); return; }
    char joined[64], answer[256], accept[29];
    unsigned char digest[20];
    snprintf(joined, sizeof joined, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    sha1((unsigned char *)joined, strlen(joined), digest);
    base64(digest, accept);
    int length = snprintf(answer, sizeof answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Protocol: binary\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, target, sizeof address.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) { close(fd); end(s); return; }
    struct side *vm = calloc(1, sizeof *vm);
    vm->fd = fd;
    vm->peer = s;
    s->peer = vm;
    s->upgraded = 1;
    if (send(s->fd, answer, length, MSG_NOSIGNAL) != length) { end(s); return; }
    watch(vm, EPOLLIN, EPOLL_CTL_ADD);
}

int main(int count, char **words) {
    if (count != 3) return 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    target = words[2];
    int yes = 1, door = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(door, (struct sockaddr *)&address, sizeof address) < 0 || listen(door, 1024) < 0) return 1;
    poller = epoll_create1(0);
    struct side entry = {.fd = door};
    watch(&entry, EPOLLIN, EPOLL_CTL_ADD);
    struct epoll_event events[256];
    for (;;) {
        int ready = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            struct side *s = events[i].data.ptr;
            if (s == &entry) {
                int fd = accept(door, NULL, NULL);
                if (fd < 0) continue;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                struct side *client = calloc(1, sizeof *client);
                client->fd = fd;
                client->is_client = 1;
                watch(client, EPOLLIN, EPOLL_CTL_ADD);
            } else if (s->dead) {
                continue; /* its memory is left alone: an event for it may still be in this batch */
            } else if (events[i].events & EPOLLOUT) {
                drain(s);
            } else if (s->is_client && !s->upgraded) {
                upgrade(s);
            } else if (s->is_client) {
                from_client(s);
            } else {
                from_vm(s);
            }
        }
    }
}
