/* A home router's address translation between TUN packets, as RFC 4787 names its kinds.
 *
 *   nat NETNS EXTERNAL INSIDE MAPPING FILTERING PORTS UDP
 *
 * Opens a TUN device named nat0 in the namespace. The kernel routes into it what comes from the home, and what is addressed to
 * EXTERNAL, the router's one address; what this program writes, the kernel routes on. INSIDE is one of the home's addresses,
 * which all begin with the same three bytes.
 *   MAPPING    any: one port for each inside endpoint; each: a new port for each destination (address and port)
 *   FILTERING  any: whoever sends to the port gets in; address: whom the inside endpoint has sent to; port: only from that very port
 *   PORTS      keep: the inside port where it is free; next: one after the other; random
 *   UDP        pass or block
 * What home machines send to EXTERNAL is turned round and delivered (hairpin). UDP mappings end after UDP_SECONDS without a packet from
 * inside. Says "ready" when the device is there and ends when its standard input closes. IPv4 without fragments; needs root.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { MAPPINGS = 4096, FRIENDS = 1024, UDP_SECONDS = 60, TCP_SECONDS = 7200, FIRST_PORT = 20000, LAST_PORT = 60000 };

struct endpoint {
  uint32_t address; /* network order, as the port */
  uint16_t port;
};

struct mapping {
  uint8_t protocol; /* 0: free */
  uint16_t port;    /* ours, network order */
  struct endpoint inside, towards; /* `towards` counts only where each destination has a port of its own */
  time_t used;
  unsigned sent;                    /* how many of `friends` were filled, in a ring */
  struct endpoint friends[FRIENDS]; /* whom the inside endpoint has sent to */
};

static struct mapping mappings[MAPPINGS];
static int device, highest, each, keep, next_ports, udp_blocked;
static enum { ANY, ADDRESS, PORT } filtering;
static uint32_t external, home;
static unsigned last_port;

static void fail(const char *what) {
  fprintf(stderr, "nat: %s: %s\n", what, strerror(errno));
  exit(1);
}

static time_t seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec;
}

static int same(struct endpoint a, struct endpoint b) { return a.address == b.address && a.port == b.port; }

static int lives(struct mapping *m) {
  if (m->protocol && seconds() - m->used > (m->protocol == IPPROTO_UDP ? UDP_SECONDS : TCP_SECONDS)) m->protocol = 0;
  return m->protocol != 0;
}

static struct mapping *with_port(uint8_t protocol, uint16_t port) {
  for (struct mapping *m = mappings; m < mappings + highest; m++)
    if (m->protocol == protocol && m->port == port && lives(m)) return m;
  return NULL;
}

static uint16_t free_port(uint8_t protocol, uint16_t wanted) {
  if (keep && !with_port(protocol, wanted)) return wanted;
  for (;;) {
    if (next_ports) last_port = last_port >= LAST_PORT ? FIRST_PORT : last_port + 1;
    else last_port = FIRST_PORT + (unsigned)(random() % (LAST_PORT - FIRST_PORT));
    if (!with_port(protocol, htons((uint16_t)last_port))) return htons((uint16_t)last_port);
  }
}

/* The mapping that a packet from inside goes out by, made where there is none. NULL: the table is full. */
static struct mapping *outward(uint8_t protocol, struct endpoint inside, struct endpoint to) {
  struct mapping *unused = NULL;
  for (struct mapping *m = mappings; m < mappings + highest; m++) {
    if (!lives(m)) unused = m;
    else if (m->protocol == protocol && same(m->inside, inside) && (!each || same(m->towards, to))) return m;
  }
  if (!unused && highest < MAPPINGS) unused = &mappings[highest++];
  if (!unused) return NULL;
  unused->port = free_port(protocol, inside.port);
  unused->protocol = protocol;
  unused->inside = inside;
  unused->towards = to;
  unused->sent = 0;
  return unused;
}

static int is_friend(struct mapping *m, struct endpoint from) {
  if (filtering == ANY) return 1;
  for (unsigned i = 0; i < (m->sent < FRIENDS ? m->sent : FRIENDS); i++)
    if (filtering == ADDRESS ? m->friends[i].address == from.address : same(m->friends[i], from)) return 1;
  return 0;
}

static void befriend(struct mapping *m, struct endpoint to) {
  m->used = seconds();
  for (unsigned i = 0; i < (m->sent < FRIENDS ? m->sent : FRIENDS); i++)
    if (same(m->friends[i], to)) return;
  m->friends[m->sent++ % FRIENDS] = to;
}

static uint32_t sum(const void *bytes, size_t length, uint32_t start) {
  const uint8_t *p = bytes;
  for (; length > 1; length -= 2, p += 2) start += (uint32_t)(p[0] << 8 | p[1]);
  return length ? start + (uint32_t)(p[0] << 8) : start;
}

static uint16_t folded(uint32_t total) {
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  return htons((uint16_t)~total);
}

static void write_checksums(struct iphdr *ip, uint8_t *payload, size_t length, uint16_t *check) {
  ip->check = 0;
  ip->check = folded(sum(ip, ip->ihl * 4u, 0));
  *check = 0;
  uint32_t pseudo = sum(&ip->saddr, 8, ip->protocol + (uint32_t)length);
  *check = folded(sum(payload, length, pseudo));
  if (*check == 0 && ip->protocol == IPPROTO_UDP) *check = 0xffff;
}

/* Changes the addresses of a packet; 0: it goes no further. */
static int translate(uint8_t *packet, size_t length) {
  struct iphdr *ip = (struct iphdr *)packet;
  size_t header = ip->ihl * 4u;
  int is_udp = ip->protocol == IPPROTO_UDP;
  if (length < 20 || ip->version != 4 || header < 20 || (!is_udp && ip->protocol != IPPROTO_TCP)) return 0;
  if (length < header + (is_udp ? 8 : 20) || (ip->frag_off & htons(0x3fff)) || (is_udp && udp_blocked)) return 0;
  uint8_t *payload = packet + header;
  uint16_t *ports = (uint16_t *)payload; /* from, to: alike in UDP and TCP */
  struct endpoint from = {ip->saddr, ports[0]}, to = {ip->daddr, ports[1]};
  int inbound = to.address == external;
  if (!inbound || !memcmp(&from.address, &home, 3)) { /* from inside; to `external`: a hairpin */
    struct mapping *out = outward(ip->protocol, from, to);
    if (!out) return 0;
    befriend(out, to);
    from = (struct endpoint){external, out->port};
  }
  if (inbound) {
    struct mapping *in = with_port(ip->protocol, to.port);
    if (!in || (each && !same(in->towards, from)) || !is_friend(in, from)) return 0;
    to = in->inside;
  }
  ip->saddr = from.address, ports[0] = from.port;
  ip->daddr = to.address, ports[1] = to.port;
  uint16_t *check = is_udp ? &((struct udphdr *)payload)->check : &((struct tcphdr *)payload)->check;
  write_checksums(ip, payload, length - header, check);
  return 1;
}

static void open_device(const char *netns) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", netns);
  int namespace = open(path, O_RDONLY | O_CLOEXEC);
  if (namespace < 0 || setns(namespace, CLONE_NEWNET) < 0) fail(path);
  device = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (device < 0) fail("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "nat0"};
  if (ioctl(device, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
}

int main(int argc, char **argv) {
  if (argc != 8) {
    fprintf(stderr, "usage: nat NETNS EXTERNAL INSIDE any|each any|address|port keep|next|random pass|block\n");
    return 2;
  }
  external = inet_addr(argv[2]);
  home = inet_addr(argv[3]);
  each = !strcmp(argv[4], "each");
  filtering = !strcmp(argv[5], "any") ? ANY : !strcmp(argv[5], "address") ? ADDRESS : PORT;
  keep = !strcmp(argv[6], "keep");
  next_ports = !strcmp(argv[6], "next");
  udp_blocked = !strcmp(argv[7], "block");
  srandom((unsigned)(time(NULL) ^ getpid()));
  last_port = FIRST_PORT + (unsigned)(random() % 10000);
  open_device(argv[1]);
  puts("ready");
  fflush(stdout);
  struct pollfd watched[2] = {{.fd = device, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
  for (;;) {
    if (poll(watched, 2, -1) < 0 && errno != EINTR) fail("poll");
    if (watched[1].revents) return 0;
    if (!watched[0].revents) continue;
    uint8_t packet[65536];
    ssize_t length = read(device, packet, sizeof packet);
    if (length > 0 && translate(packet, (size_t)length)) (void)!write(device, packet, (size_t)length);
  }
}
