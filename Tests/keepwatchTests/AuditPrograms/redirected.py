# A rule of the packet filter sends a program's connection to a proxy on this host, as service meshes do.
if not shutil.which("nft"):
    print("not tried: nft is not installed here")
    os._exit(0)
subprocess.run(["ip", "addr", "add", "10.55.0.2/32", "dev", "lo"], check=True)
proxy = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 15001))
onward = socket.create_connection(("10.55.0.2", 3306))
onward.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
onward.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
onward.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4)
onward.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
print("ready", flush=True)
accepted = listener.accept()[0]
sys.stdin.read()
"""
database = socket.create_server(("10.55.0.2", 3306))
envoy = subprocess.Popen(["/usr/bin/python3", "-c", proxy], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
check(envoy.stdout.readline() == "ready\n", "the proxy waits")
inner = database.accept()[0]
rules = """
table ip mesh {
  chain output {
    type nat hook output priority -100;
    ip daddr 10.55.0.2 tcp dport 3306 redirect to :15001
  }
}
"""
done = subprocess.run(["nft", "-f", "-"], input=rules, text=True, capture_output=True)
if done.returncode != 0:
    print("not tried: no rule can be set here:", done.stderr.strip())
    os._exit(0)
shop = socket.create_connection(("10.55.0.2", 3306))
line = audit()[0][ports(shop)]
check(line["redirected"] is True and line["peer_pid"] == envoy.pid, line)
own = audit("--process", str(os.getpid()))
page = subprocess.run([program, "audit", "--all"], capture_output=True, text=True).stdout
check("after 50.0 s, by its proxy's connection" in page and "sent to python3" in page, page)
line = audit()[0][ports(inner)]
check(line["redirected"] is False and line["peer_pid"] == envoy.pid, line)
envoy.communicate("")
