# keepwatch is killed in the middle: the program under it goes on, its calls work, and nothing is left behind.
os.mkdir("temporary")
asking = write("asking.py", """
import socket, time
server = socket.create_server(("127.0.0.1", 5555))
connection = socket.create_connection(("127.0.0.1", 5555))
other, _ = server.accept()
for number in range(60):
    connection.sendall(b"a question")
    assert other.recv(100) == b"a question"
    print(number, file=open("progress", "w"), flush=True)
    time.sleep(0.05)
print("done", file=open("progress", "w"), flush=True)
""")
watched = subprocess.Popen(
    [program, "run", "-o", "story", "--", "/usr/bin/python3", asking], stdout=open("out", "wb"), stderr=open("err", "wb"),
    env={**os.environ, "TMPDIR": os.path.abspath("temporary")})
running.append(watched)
until(lambda: text("progress") not in ("", "0\n", "1\n"), "it has begun", text("err"))
watched.kill()
watched.wait()
until(lambda: text("progress") == "done\n", "it has come to its end", text("progress"), text("err"))
check(os.listdir("temporary") == [], os.listdir("temporary"))
