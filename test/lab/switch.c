/* A switch between hosts that live in network namespaces: every packet arrives a fixed time after it was sent.
 *
 *   switch DELAY_MICROSECONDS NETNS...
 *
 * Opens a TUN device named tun0 in each namespace (by name, as `ip netns` keeps them) and forwards packets between them by
 * their destination. Host I (from 0) has, on one local network, 10.77.0.(I+1), up to 10.77.255.255, and fd77::(I+1), in
 * hexadecimal; of the internet it has 198.18.(I+1).0/24 (RFC 2544: for tests) and 2a77:0:(I+1)::/48. What is sent to a multicast
 * group goes to all other hosts. Says
 * "ready" when the devices are there and ends when its standard input closes. Rates are not its business: `tc` shapes
 * what each host sends before it gets here. Needs root. The kernel of many small machines has no netem; TUN is everywhere.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_HOSTS = 1024, MAX_PACKET = 2048, QUEUE = 1 << 15, BURST = 64 };

/* All packets wait equally long, so one first-in-first-out ring holds them in the order in which they are due. */
struct packet {
  uint64_t due_ns;
  uint16_t to;
  uint16_t length;
  unsigned char bytes[MAX_PACKET];
};

static struct packet *queue;
static unsigned head, tail; /* head: next to leave; tail: next free; both run on and are taken modulo QUEUE */
static int devices[MAX_HOSTS];
static int hosts;
static uint64_t delay_ns;
static int timer;
static unsigned long dropped;

static void fail(const char *what) {
  fprintf(stderr, "switch: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int open_device(const char *netns) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", netns);
  int namespace = open(path, O_RDONLY | O_CLOEXEC);
  if (namespace < 0 || setns(namespace, CLONE_NEWNET) < 0) fail(path);
  close(namespace);
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) fail("/dev/net/tun");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  strcpy(request.ifr_name, "tun0");
  if (ioctl(device, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
  return device;
}

enum { NOWHERE = -1, EVERYWHERE = -2 };

/* Index of the host that a packet is for, or where else it goes. */
static int destination(const unsigned char *packet, ssize_t length) {
  static const unsigned char local[14] = {0xfd, 0x77}, internet[4] = {0x2a, 0x77};
  const unsigned char *last; /* the two bytes that number the host, from 1 */
  if (length >= 20 && packet[0] >> 4 == 4) {
    if (packet[16] >> 4 == 14) return EVERYWHERE;
    if (packet[16] == 198 && packet[17] == 18) return packet[18] - 1 < hosts ? packet[18] - 1 : NOWHERE;
    if (packet[16] != 10 || packet[17] != 77) return NOWHERE;
    last = packet + 18;
  } else if (length >= 40 && packet[0] >> 4 == 6) {
    if (packet[24] == 0xff) return EVERYWHERE;
    if (!memcmp(packet + 24, internet, sizeof internet)) last = packet + 28;
    else if (!memcmp(packet + 24, local, sizeof local)) last = packet + 38;
    else return NOWHERE;
  } else {
    return NOWHERE;
  }
  int host = (last[0] << 8 | last[1]) - 1;
  return host >= 0 && host < hosts ? host : NOWHERE;
}

static void set_timer(void) {
  if (head == tail) return;
  uint64_t due = queue[head % QUEUE].due_ns;
  struct itimerspec at = {{0, 0}, {(time_t)(due / 1000000000u), (long)(due % 1000000000u)}};
  if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL) < 0) fail("timerfd_settime");
}

static void enqueue(const unsigned char *bytes, ssize_t length, int to, uint64_t due) {
  if (tail - head == QUEUE) {
    dropped++;
    return;
  }
  struct packet *slot = &queue[tail % QUEUE];
  memcpy(slot->bytes, bytes, (size_t)length);
  slot->due_ns = due;
  slot->to = (uint16_t)to;
  slot->length = (uint16_t)length;
  if (tail++ == head) set_timer();
}

static void take(int from) {
  uint64_t due = now_ns() + delay_ns;
  for (int count = 0; count < BURST; count++) {
    unsigned char bytes[MAX_PACKET];
    ssize_t length = read(devices[from], bytes, MAX_PACKET);
    if (length <= 0) return;
    int to = destination(bytes, length);
    if (to >= 0) enqueue(bytes, length, to, due);
    if (to != EVERYWHERE) continue;
    for (int host = 0; host < hosts; host++)
      if (host != from) enqueue(bytes, length, host, due);
  }
}

static void deliver(void) {
  uint64_t now = now_ns();
  while (head != tail && queue[head % QUEUE].due_ns <= now) {
    struct packet *packet = &queue[head++ % QUEUE];
    if (write(devices[packet->to], packet->bytes, packet->length) < 0) dropped++;
  }
  set_timer();
}

static void watch(int epoll, int fd, int index) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = index};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

int main(int argc, char **argv) {
  if (argc < 3 || argc - 2 > MAX_HOSTS) {
    fprintf(stderr, "usage: switch DELAY_MICROSECONDS NETNS...\n");
    return 2;
  }
  delay_ns = strtoull(argv[1], NULL, 10) * 1000;
  hosts = argc - 2;
  queue = calloc(QUEUE, sizeof *queue);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (!queue || timer < 0 || epoll < 0) fail("start");
  for (int i = 0; i < hosts; i++) devices[i] = open_device(argv[i + 2]);
  for (int i = 0; i < hosts; i++) watch(epoll, devices[i], i);
  watch(epoll, timer, -1);
  watch(epoll, STDIN_FILENO, -2);
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, 64, -1);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < count; i++) {
      int index = events[i].data.fd;
      char ignored[64];
      if (index >= 0) take(index);
      else if (index == -1) (void)!read(timer, ignored, 8);
      else if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0) {
        if (dropped) fprintf(stderr, "switch: dropped %lu packets\n", dropped);
        return 0;
      }
    }
    deliver();
  }
}
