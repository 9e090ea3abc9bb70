# Node waits in its event loop, and the server's host is cut off: it learns of it by epoll, and then by read().
node = command("node")
command("nft")
answering = write("answering.py", f"""
import socket
connection, _ = socket.create_server(("{server}", 5555)).accept()
while connection.recv(1000):
    connection.sendall(b"an answer")
""")
asking = write("asking.js", f"""
const connection = require('net').connect({{host: '{server}', port: 5555, keepAlive: true, keepAliveInitialDelay: 1000}},
  () => connection.write('a question'));
connection.on('data', () => {{}});
connection.on('error', error => console.log(error.code));
""")
start("/usr/bin/python3", answering, far=True)
listens(5555)
cut_off = "add table t; add chain t i { type filter hook input priority 0; policy drop; }"
told = story([node, asking], 5555, lambda: do("nft", cut_off, far=True), settled=0.5)
check(text("out") == "ETIMEDOUT\n", text("out"))
expect(told, [
    "SO_KEEPALIVE on, TCP_KEEPIDLE 1 s, TCP_KEEPINTVL 1 s, TCP_KEEPCNT 10, as read from the socket",
    "probe 1 of 10 → no answer", "probe 10 of 10 → no answer", "epoll_wait(1 socket) … waiting",
    "EPOLLIN|EPOLLERR|EPOLLHUP", "read() = -1 ETIMEDOUT", "after the reset",
    "DEAD: the client's kernel gave up (RST #", "idle 1 s + 10 × interval 1 s + 0.", "10 of 10 probes unanswered",
    "learned of it by read() = -1 ETIMEDOUT", "To learn Only the prober's kernel finds out",
], ["accepted", "sent no reset", "ANSWERED"])
