/* Apart from the rest: the kernel's header knows tcpi_snd_wnd, the C library's of the same name does not, and they exclude each
   other. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

int linux_send_window(int descriptor);
unsigned linux_segments_received(int descriptor);

int linux_send_window(int descriptor) {
  struct tcp_info info;
  socklen_t length = sizeof info;
  return getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) < 0 ? -1 : (int)info.tcpi_snd_wnd;
}

unsigned linux_segments_received(int descriptor) {
  struct tcp_info info;
  socklen_t length = sizeof info;
  return getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) < 0 ? 0 : info.tcpi_segs_in;
}
