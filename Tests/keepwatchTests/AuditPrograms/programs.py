# Real programs, set up in their own words: an audit shows what their configuration says. One that is not there is named.
import glob

# What sockets have that are only switched on: unlike any program's own choice.
for name, value in (("time", 1234), ("intvl", 45), ("probes", 11)):
    open(f"/proc/sys/net/ipv4/tcp_keepalive_{name}", "w").write(f"{value}")
system = [True, 1234, 45, 11, 0]

running = []

# A program that dies with the thread that has tried it, whatever ends that.
def start(*words):
    running.append(subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *words], stdin=subprocess.DEVNULL, stdout=open("programs.log", "ab"),
        stderr=subprocess.STDOUT))

def command(*names):
    for name in names:
        for found in [shutil.which(name)] if "/" not in name else sorted(glob.glob(name)):
            if found:
                return found
    return None

def write(name, content):
    with open(name, "w") as file:
        file.write(content)
    return os.path.abspath(name)

def connect(port):
    connection = None
    def answers():
        nonlocal connection
        try:
            connection = socket.create_connection(("127.0.0.1", port))
        except OSError:
            return False
        return True
    until(answers, "a program listens at", port, text("programs.log"))
    return connection

# The options of the only connection with a port at a place, by whoever has it.
def expect(who, port, expected, is_server):
    found = {}
    def is_so():
        for (local, remote), line in audit("--port", str(port))[0].items():
            if (local if is_server else remote) == port:
                found[who] = line
        return who in found and told(found[who]) == expected
    until(is_so, who, "has", expected, "told", found)
    print(f"{who}: {found[who]['process']} {told(found[who])}, noticed after {found[who]['noticed_after']}")

def postgresql(port):
    server = command("/usr/lib/postgresql/*/bin/postgres")
    if not server or not command("psql"):
        return "PostgreSQL"
    os.chmod(".", 0o755)
    folder = os.path.abspath("postgres")
    os.mkdir(folder)
    shutil.chown(folder, "nobody")
    as_nobody = ["setpriv", "--reuid", "65534", "--clear-groups", "--pdeathsig", "KILL"]
    subprocess.run([*as_nobody, server.replace("bin/postgres", "bin/initdb"), "-D", folder + "/data", "-A", "trust", "-U", "keepwatch",
                    "--no-sync"], check=True, stdout=open("programs.log", "ab"), stderr=subprocess.STDOUT)
    settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "tcp_keepalives_idle=61",
                "tcp_keepalives_interval=11", "tcp_keepalives_count=5", "tcp_user_timeout=31000", "fsync=off"]
    start(*as_nobody, server, "-D", folder + "/data", *[word for each in settings for word in ("-c", each)])
    connect(port).close()
    until(lambda: subprocess.run(["psql", f"host=127.0.0.1 port={port} user=keepwatch dbname=postgres", "-c", "SELECT"],
                                 capture_output=True).returncode == 0, "PostgreSQL answers", text("programs.log"))
    start("psql", f"host=127.0.0.1 port={port} user=keepwatch dbname=postgres keepalives_idle=62 keepalives_interval=12 "
          "keepalives_count=6 tcp_user_timeout=32000", "-c", "SELECT pg_sleep(60)")
    expect("PostgreSQL, the server", port, [True, 61, 11, 5, 31], True)
    expect("PostgreSQL, libpq", port, [True, 62, 12, 6, 32], False)

def redis(port):
    if not command("redis-server"):
        return "Redis"
    start("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--tcp-keepalive", "120", "--save", "")
    kept.append(connect(port))
    # anet.c, anetKeepAlive: the interval is a third, the count 3.
    expect("Redis", port, [True, 120, 40, 3, 0], True)

def nginx(port):
    if not command("nginx"):
        return "nginx"
    start("nginx", "-p", ".", "-e", "nginx.log", "-c", write("nginx.conf", f"""
daemon off; master_process off; pid nginx.pid; error_log nginx.log;
events {{}}
http {{ access_log off; server {{ listen 127.0.0.1:{port} so_keepalive=63s:13s:7; }} }}
"""))
    kept.append(connect(port))
    expect("nginx", port, [True, 63, 13, 7, 0], True)

def haproxy(port):
    if not command("haproxy"):
        return "HAProxy"
    start("haproxy", "-db", "-f", write("haproxy.cfg", f"""
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen keepalive
  bind 127.0.0.1:{port}
  option clitcpka
  clitcpka-idle 66s
  clitcpka-intvl 16s
  clitcpka-cnt 6
  option srvtcpka
  srvtcpka-idle 67s
  srvtcpka-intvl 17s
  srvtcpka-cnt 5
  server behind 127.0.0.1:{port + 1}
"""))
    behind = socket.create_server(("127.0.0.1", port + 1))
    kept.append(connect(port))
    kept.append(behind.accept()[0])
    kept.append(behind)
    expect("HAProxy, to clients", port, [True, 66, 16, 6, 0], True)
    expect("HAProxy, to servers", port + 1, [True, 67, 17, 5, 0], False)

def sshd(port):
    server = command("sshd", "/usr/sbin/sshd")
    if not server:
        return "sshd"
    os.makedirs("/run/sshd", exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "host_key"], check=True)
    start(server, "-D", "-e", "-f", write("sshd_config", f"""
ListenAddress 127.0.0.1:{port}
HostKey {os.path.abspath("host_key")}
PidFile none
TCPKeepAlive yes
"""))
    kept.append(connect(port))
    expect("sshd, TCPKeepAlive yes", port, system, True)

def ssh(port):
    if not command("ssh"):
        return "ssh"
    silent = socket.create_server(("127.0.0.1", port))
    kept.append(silent)
    start("ssh", "-o", "TCPKeepAlive=yes", "-p", str(port), "nobody@127.0.0.1")
    kept.append(silent.accept()[0])
    expect("ssh, TCPKeepAlive yes", port, system, False)

def node(port):
    if not command("node"):
        return "Node.js"
    start("node", "-e", f"require('net').createServer((socket) => socket.setKeepAlive(true, 64000)).listen({port}, '127.0.0.1')")
    kept.append(connect(port))
    # libuv, uv__tcp_keepalive: interval 1 s, 10 probes.
    expect("Node.js", port, [True, 64, 1, 10, 0], True)

def java(port):
    if not command("java") or not command("javac"):
        return "Java"
    silent = socket.create_server(("127.0.0.1", port))
    kept.append(silent)
    start("java", write("Client.java", f"""
import java.net.Socket;
import java.net.StandardSocketOptions;
import jdk.net.ExtendedSocketOptions;
public class Client {{
  public static void main(String[] words) throws Exception {{
    Socket socket = new Socket("127.0.0.1", {port});
    socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 65);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 15);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 8);
    socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    socket.getInputStream().read();
  }}
}}
"""))
    kept.append(silent.accept()[0])
    expect("Java", port, [True, 65, 15, 8, 0], False)

def mariadb(port):
    server, install = command("mariadbd", "/usr/sbin/mariadbd"), command("mariadb-install-db")
    if not server or not install:
        return "MariaDB"
    folder = os.path.abspath("mariadb")
    subprocess.run([install, "--no-defaults", f"--datadir={folder}", "--user=root", "--auth-root-authentication-method=normal",
                    "--skip-test-db", "--innodb-use-native-aio=0"], check=True, stdout=open("programs.log", "ab"),
                   stderr=subprocess.STDOUT)
    start(server, "--no-defaults", f"--datadir={folder}", "--user=root", "--innodb-use-native-aio=0", f"--socket={folder}/socket", "--bind-address=127.0.0.1",
          f"--port={port}", "--tcp-keepalive-time=68", "--tcp-keepalive-interval=18", "--tcp-keepalive-probes=4")
    kept.append(connect(port))
    expect("MariaDB", port, [True, 68, 18, 4, 0], True)

kept = []
try:
    # The slow ones begin first; each waits for its own.
    trials = [java, mariadb, postgresql, redis, nginx, haproxy, sshd, ssh, node]
    failures = []
    def attempt(trial, port):
        try:
            missing = trial(port)
            if missing:
                print(f"not tried: {missing} is not installed here")
        except BaseException as failure:
            failures.append((trial.__name__, failure))
    threads = [threading.Thread(target=attempt, args=(trial, 6000 + 10 * index)) for index, trial in enumerate(trials)]
    for each in threads: each.start()
    for each in threads: each.join()
    check(not failures, failures, text("programs.log")[-2000:])
finally:
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
