# nginx itself under run, between a client that waits and an upstream whose program is killed: two connections, and what it did.
nginx = command("nginx", "/usr/sbin/nginx")
folder = os.getcwd()
os.chmod(folder, 0o755)
places = "".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
configuration = write("nginx.conf", """
    daemon off; master_process off; pid %s/nginx.pid; error_log %s/nginx.log;
    events {}
    http { access_log off; keepalive_timeout 0; %s
      server { listen 127.0.0.1:8080 so_keepalive=7:5:3; location / { proxy_pass http://%s:9000; proxy_socket_keepalive on; } } }
    """ % (folder, folder, places, server))
silent = start("/usr/bin/python3", write("silent.py", f"""
import socket, time
connection, _ = socket.create_server(("{server}", 9000)).accept()
connection.recv(1000)
time.sleep(100)
"""), far=True)
listens(9000)
def ask():
    request = start("/usr/bin/python3", "-c", """
import socket
connection = socket.create_connection(("127.0.0.1", 8080))
connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
connection.recv(1000)
""")
    until(lambda: "ESTAB" in do("ss", "-Htn", "state", "all", "dport = :9000"), "nginx has asked", text("err"))
    time.sleep(1.5)
    silent.kill()
    request.wait(30)
    time.sleep(1)
    os.kill(int(text("nginx.pid")), signal.SIGTERM)

watched = subprocess.Popen(
    [program, "run", "-o", "story", "--", nginx, "-c", configuration], stdin=subprocess.DEVNULL, stdout=open("out", "wb"),
    stderr=open("err", "wb"))
running.append(watched)
until(lambda: ":8080 " in do("ss", "-Hltn"), "nginx listens", text("err"), text("nginx.log"))
ask()
check(watched.wait(60) == 0, text("err"))
told = text("story")
expect(told, [
    "SO_KEEPALIVE on, TCP_KEEPIDLE 7 s, TCP_KEEPINTVL 5 s, TCP_KEEPCNT 3, as read from the socket",
    f"⇄ {server}:9000", "⇄ 127.0.0.1:8080", "epoll_wait(", "accept() = ", "learned of it by",
], ["DEAD", "SO_KEEPALIVE off", "keepalive is off"])
