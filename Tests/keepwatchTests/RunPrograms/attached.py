# A program that runs already, watched by its number: first its socket alone, then its calls too, for a while.
answering = write("answering.py", f"""
import socket
connection, _ = socket.create_server(("{server}", 5555)).accept()
while connection.recv(1000):
    connection.sendall(b"an answer")
""")
asking = write("asking.py", f"""
import socket, time
connection = socket.create_connection(("{server}", 5555))
connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
for option, value in ((socket.TCP_KEEPIDLE, 2), (socket.TCP_KEEPINTVL, 3), (socket.TCP_KEEPCNT, 3)):
    connection.setsockopt(socket.IPPROTO_TCP, option, value)
for number in range(40):
    connection.sendall(b"a question")
    connection.recv(100)
    time.sleep(0.1)
print("waits", flush=True)
try:
    connection.recv(100)
except OSError as error:
    print(type(error).__name__, flush=True)
time.sleep(1)
""")

def attach(*words):
    start("/usr/bin/python3", answering, far=True)
    listens(5555)
    asker = subprocess.Popen(["/usr/bin/python3", asking], stdout=open("said", "wb"))
    running.append(asker)
    watched = subprocess.Popen(
        [program, "run", "-p", str(asker.pid), "-o", "story", *words], stdout=open("out", "wb"), stderr=open("err", "wb"))
    running.append(watched)
    until(lambda: text("said") == "waits\n", "it is idle", text("err"))
    return asker, watched

asker, watched = attach()
tracer = open(f"/proc/{asker.pid}/status").read()
check("TracerPid:\t0" in tracer, "nothing traces it", tracer)
do("ip", "link", "set", "c0", "down")
check(watched.wait(60) == 0 and asker.wait(60) == 0, text("err"))
check(text("said") == "waits\nTimeoutError\n", text("said"))
expect(text("story"), [
    f"of python3[{asker.pid}]", "TCP_KEEPIDLE 2 s, TCP_KEEPINTVL 3 s, TCP_KEEPCNT 3, as read from the socket",
    "(socket: ESTAB, keepalive timer, 3 unanswered", "DEAD: the client's kernel gave up: its socket had 3 of 3 probes unanswered, and was gone at",
], ["In Python", "learned of it", "ANSWERED", "NOT-PROBED"])

do("ip", "link", "set", "c0", "up")
os.remove("said")
asker, watched = attach("--trace-calls", "--trace-limit", "2")
until(lambda: "traced no more" in text("err"), "the tracing ends", text("err"))
until(lambda: "TracerPid:\t0" in open(f"/proc/{asker.pid}/status").read(), "strace has left it")
check("T (stopped)" not in open(f"/proc/{asker.pid}/status").read(), "it was left running")
watched.send_signal(signal.SIGINT)
check(watched.wait(30) == 0, text("err"))
check(asker.poll() is None, "it goes on")
expect(text("story"), [f"python3[{asker.pid}]", "send ×", "recv ×"],
       ["program[", "DEAD"])

result = subprocess.run([program, "run", "-p", "4194304"], capture_output=True, text=True)
check(result.returncode == 125 and "There is no process 4194304." in result.stderr, result)
