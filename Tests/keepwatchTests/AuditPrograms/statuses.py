# What an audit ends with, and what it says of mistakes.
import re
def status(*words):
    result = subprocess.run([program, "audit", *words], capture_output=True, text=True)
    return result.returncode, result.stdout, result.stderr

check(status()[0] == 0 and status("--check")[0] == 0, "nothing there")
check("0 TCP connections" in status()[1], status())
client, server = pair()
for end in (client, server):
    set_options(end, 1, 60, 10, 3)
check(status("--fail-on", "never-noticed")[0] == 0)
check(status("--max-noticed-after", "2m")[0] == 0 and status("--max-noticed-after", "80s")[0] == 3)
check(status("--check", "--max-noticed-after", "80s")[0] == 1)
set_options(server, 0)
check(status("--fail-on", "hanging")[0] == 0 and status("--fail-on", "hanging,never-noticed")[0] == 3)
check(status("--fail-on", "never-noticed", "--port", str(ports(client)[0]), "--state", "close-wait")[0] == 0)
check(status("--max-noticed-after", "1h")[0] == 3, "never is later than any limit")
for words in (["--fail-on", "dead"], ["--through", "aws-nbl"], ["--max-noticed-after", "soon"], ["--address", "nowhere"],
              ["--check", "--json"], ["-N", "a", "--all-netns"]):
    code, output, errors = status(*words)
    check(code == 64 and errors and not output, words, code, errors)
code, output, _ = status("--through", "aws-nlb,aws-alb,45s")
check("THROUGH AWS NLB" in output and "1 of 2 connections would be forgotten" in output, output)
check("2 of 2 connections would be forgotten" in output and "all 2 connections" in output, output)
check(status("-N", "no-such-name")[0] == 1)
code, output, _ = status("-N", "no-such-name", "--check")
check(code == 3 and output.startswith("KEEPWATCH UNKNOWN - ") and output.count("\n") == 1, code, output)
check(status("--through", "1e300", "--json")[0] == 64 and status("--max-noticed-after", "1e300")[0] == 64)
address = status("--json", "--address", "127.0.0.1")[1].count('"event":"socket"')
check(address == 2 and status("--json", "--address", "::1")[1].count('"event":"socket"') == 0, address)
lines = [json.loads(line) for line in status("--json", "--process", str(os.getpid()), "--through", "45s,1h")[1].splitlines()]
check([line.get("forgotten_by") for line in lines[1:-1]] in (
    [["45s", "3600s"], ["45s"]], [["45s"], ["45s", "3600s"]]), lines)
check(all("\x1b" not in line for line in status()[1]), "no colour in a pipe")
# A program may call itself what it likes.
import ctypes
ctypes.CDLL(None).prctl(15, b"\x1b[31mred\n", 0, 0, 0)
code, output, _ = status("--all")
check("\x1b" not in output and "red" in output, output)

# Other forms of the same.
code, output, _ = status("--picture", "--through", "aws-nlb")
check("WHEN A DEAD PEER IS NOTICED" in output and "5m 50s AWS NLB" in output, output)
# A quotation mark with a combining one behind it is a quotation mark still.
ctypes.CDLL(None).prctl(15, 'a"\u0308,x="y'.encode(), 0, 0, 0)
extra = [pair() for _ in range(3)]
for _, end in extra:
    set_options(end, 0, timeout=None)
for end, _ in extra[:2]:
    set_options(end, 0, idle=60, timeout=5000)
code, output, _ = status("--metrics")
never = sum(int(line.split()[-1]) for line in output.splitlines() if line.startswith("keepwatch_never_noticed{"))
check(f"{never} would never notice" in status("--check")[1], output, status("--check"))
for connection in sum(extra, ()):
    connection.close()
time.sleep(0.1)
code, output, _ = status("--metrics", "--state", "ESTAB")
for line in output.splitlines():
    check(re.fullmatch(r'# (HELP|TYPE) keepwatch_[a-z_]+ .+|keepwatch_[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? [0-9]+', line), line)
check(code == 0 and "\nkeepwatch_connections 2\n" in output and 'direction="out"' in output, output)
watching = subprocess.Popen([program, "audit", "--watch", "1"], stdout=subprocess.PIPE, text=True)
for _ in range(2):
    line = watching.stdout.readline()
    while "2 TCP connections" not in line:
        check(line, "a second look")
        line = watching.stdout.readline()
watching.send_signal(signal.SIGINT)
check(watching.wait(10) == -signal.SIGINT, watching.returncode)
for words in (["--watch", "0"], ["--watch", "1", "--check"], ["--json", "--metrics"]):
    check(status(*words)[0] == 64, words)
