# What --advice says is pasted into the real programs, and the audit then shows it.
import glob

running, kept = [], []

def start(*words, **options):
    running.append(subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *words], stdin=subprocess.DEVNULL, stdout=open("programs.log", "ab"),
        stderr=subprocess.STDOUT, **options))
    return running[-1]

# The lines that are to be pasted into a program, and nothing else: they stand deepest.
def advice(port, title):
    page, pasted = "", []
    def is_there():
        nonlocal page
        page = subprocess.run([program, "audit", "--advice", "--port", str(port)], capture_output=True, text=True).stdout
        lines = page.splitlines()
        for index, line in enumerate(lines):
            if line.strip().startswith(title + " ("):
                depth = len(line) - len(line.lstrip()) + 4
                for line in lines[index + 1:]:
                    if len(line) - len(line.lstrip()) != depth:
                        break
                    pasted.append(line.strip())
        return pasted
    until(is_there, "advice for", title, page)
    return pasted

def listening(port):
    def answers():
        try:
            kept.append(socket.create_connection(("127.0.0.1", port)))
        except OSError:
            return False
        return True
    until(answers, "a program listens at", port, text("programs.log")[-1000:])
    return kept[-1]

def expect(who, connection, expected):
    line = None
    def is_so():
        nonlocal line
        here, there = ports(connection)
        line = audit("--port", str(here))[0].get((there, here))
        return line and told(line)[:len(expected)] == expected
    until(is_so, who, "has", expected, "told", line and told(line))
    print(f"{who}: pasted, and it has {told(line)}")

usual = [True, 60, 10, 6]

def python():
    client, server = pair()
    for line in advice(ports(client)[0], "Python"):
        exec(line, {"sock": client, "socket": socket})
    expect("Python", server, usual + [120])

def node():
    if not shutil.which("node"):
        return "Node.js"
    def run(port, words):
        silent = socket.create_server(("127.0.0.1", port))
        start("node", "-e", f"const socket = require('net').connect({port}, '127.0.0.1', () => {{ {words} }})")
        kept.append(silent.accept()[0])
        return kept[-1]
    run(7100, "")
    time.sleep(0.3)
    expect("Node.js", run(7101, ";".join(advice(7100, "Node.js"))), [True, 60, 1, 10])

def java():
    if not shutil.which("javac"):
        return "Java"
    silent = socket.create_server(("127.0.0.1", 7200))
    source = """
import java.net.*;
import jdk.net.ExtendedSocketOptions;
public class Client {
  public static void main(String[] words) throws Exception {
    Socket socket = new Socket("127.0.0.1", 7200);
    %s
    socket.getInputStream().read();
  }
}
"""
    def run(words):
        open("Client.java", "w").write(source % words)
        start("java", "-Xshare:auto", "Client.java")
        kept.append(silent.accept()[0])
        return kept[-1]
    run("")
    expect("Java", run("\n".join(advice(7200, "Java"))), usual)

def nginx():
    if not shutil.which("nginx"):
        return "nginx"
    def run(port, words):
        os.makedirs(f"nginx{port}")
        configuration = f"""
daemon off; master_process off; pid nginx.pid; error_log nginx.log;
events {{}}
http {{ access_log off; server {{ listen 127.0.0.1:{port} {words}; }} }}
"""
        open(f"nginx{port}/nginx.conf", "w").write(configuration)
        start("nginx", "-p", f"nginx{port}", "-e", "nginx.log", "-c", "nginx.conf")
        return listening(port)
    run(7300, "")
    expect("nginx", run(7301, " ".join(advice(7300, "nginx, to clients"))), usual)

def haproxy():
    if not shutil.which("haproxy"):
        return "HAProxy"
    def run(port, words, behind):
        server = socket.create_server(("127.0.0.1", behind))
        kept.append(server)
        open(f"haproxy{port}.cfg", "w").write(f"""
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen here
  bind 127.0.0.1:{port}
  {words}
  server there 127.0.0.1:{behind}
""")
        start("haproxy", "-db", "-f", f"haproxy{port}.cfg")
        connection = listening(port)
        kept.append(server.accept()[0])
        return connection, kept[-1]
    run(7400, "", 7410)
    words = "\n  ".join(advice(7400, "HAProxy, to clients") + advice(7410, "HAProxy, to servers"))
    client, server = run(7401, words, 7411)
    expect("HAProxy, to clients", client, usual)
    expect("HAProxy, to servers", server, usual)

def redis():
    if not shutil.which("redis-server"):
        return "Redis"
    start("redis-server", "--port", "7500", "--bind", "127.0.0.1", "--tcp-keepalive", "0", "--save", "")
    listening(7500)
    words = advice(7500, "Redis, the server")[0].split()
    subprocess.run(["redis-cli", "-p", "7500", *words], check=True, capture_output=True)
    expect("Redis", listening(7500), [True, 60, 20, 3])

def mariadb():
    server, install = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin"), shutil.which("mariadb-install-db")
    if not server or not install:
        return "MariaDB"
    folder = os.path.abspath("mariadb")
    subprocess.run([install, "--no-defaults", f"--datadir={folder}", "--user=root", "--auth-root-authentication-method=normal",
                    "--skip-test-db", "--innodb-use-native-aio=0"], check=True, stdout=open("programs.log", "ab"), stderr=subprocess.STDOUT)
    start(server, "--no-defaults", f"--datadir={folder}", "--user=root", "--innodb-use-native-aio=0", f"--socket={folder}/socket",
          "--bind-address=127.0.0.1", "--port=7600")
    listening(7600)
    for statement in advice(7600, "MariaDB, the server"):
        until(lambda: subprocess.run(["mariadb", "--no-defaults", f"--socket={folder}/socket", "-u", "root", "-e", statement],
                                     capture_output=True).returncode == 0, statement)
    expect("MariaDB", listening(7600), usual)

def postgresql():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
    if not found or not shutil.which("psql"):
        return "PostgreSQL"
    os.chmod(".", 0o755)
    folder = os.path.abspath("postgres")
    os.mkdir(folder)
    shutil.chown(folder, "nobody")
    as_nobody = ["setpriv", "--reuid", "65534", "--clear-groups", "--pdeathsig", "KILL"]
    subprocess.run([*as_nobody, found[-1].replace("bin/postgres", "bin/initdb"), "-D", folder + "/data", "-A", "trust", "-U", "keepwatch",
                    "--no-sync"], check=True, stdout=open("programs.log", "ab"), stderr=subprocess.STDOUT)
    start(*as_nobody, found[-1], "-D", folder + "/data", "-p", "5432", "-c", "listen_addresses=127.0.0.1", "-c",
          f"unix_socket_directories={folder}", "-c", "fsync=off")
    kept.append(listening(5432))
    base = "host=127.0.0.1 user=keepwatch dbname=postgres "
    for statement in advice(5432, "PostgreSQL, the server"):
        until(lambda: subprocess.run(["psql", base, "-c", statement], capture_output=True).returncode == 0, statement)
    probe = start("psql", base + "keepalives=0", "-c", "SELECT pg_sleep(60)")
    until(lambda: audit("--process", "psql")[0], "psql is connected")
    pasted = advice(5432, "libpq, in the connection string")
    probe.kill()
    probe.wait()
    start("psql", base + " ".join(pasted), "-c", "SELECT pg_sleep(60)")
    line = None
    def both_have():
        nonlocal line
        found = [told(each) for each in audit("--process", "psql")[0].values()]
        others = [told(each) for (here, _), each in audit("--process", "postgres")[0].items() if here == 5432]
        line = found, others
        return found == [usual + [120]] and usual + [120] in others
    until(both_have, "PostgreSQL and libpq have", usual, line)
    print("PostgreSQL, libpq: pasted, and they have", usual + [120])

failures = []
def attempt(trial):
    try:
        missing = trial()
        if missing:
            print(f"not tried: {missing} is not installed here")
    except BaseException as failure:
        failures.append((trial.__name__, failure))
threads = [threading.Thread(target=attempt, args=[trial])
           for trial in (java, mariadb, postgresql, redis, nginx, haproxy, node, python)]
for each in threads: each.start()
for each in threads: each.join()
for process in running: process.kill()
check(not failures, failures, text("programs.log")[-2000:])
