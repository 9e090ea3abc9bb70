# curl waits for nginx, whose upstream says nothing: probes are answered all the while, and nginx ends it by its own timeout.
curl, nginx = command("curl"), command("nginx", "/usr/sbin/nginx")
folder = os.getcwd()
os.chmod(folder, 0o755)
places = "".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
configuration = write("nginx.conf", """
    daemon off; master_process off; pid %s/nginx.pid; error_log %s/nginx.log;
    events {}
    http { access_log off; %s
      server { listen %s:8080; location / { proxy_pass http://%s:9000; proxy_read_timeout 4s; } } }
    """ % (folder, folder, places, server, server))
silent = write("silent.py", f"import socket, time; kept = socket.create_server(('{server}', 9000)); time.sleep(100)")
start("/usr/bin/python3", silent, far=True)
start(nginx, "-c", configuration, far=True)
listens(8080)
listens(9000)
told = story(
    [curl, "-s", "--keepalive-time", "1", f"http://{server}:8080/"], 8080, settled=0)
expect(told, [
    "SO_KEEPALIVE on, TCP_KEEPIDLE 1 s, TCP_KEEPINTVL 1 s", "probes answered after",
    "CLOSED: the client sent a FIN (#", "as curl[", "called close() at",
], ["DEAD", "a program decided that, or a proxy", "no answer"])
