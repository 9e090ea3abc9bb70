# `audit --textfile`: what the node exporter's parser makes of it, with whose rights, and with which capabilities.
from prometheus_client.parser import text_string_to_metric_families

listener = socket.create_server(("127.0.0.1", 5432))
client, server = probing_pair(listener)

def audit(*words, **options):
    return subprocess.run([program, "audit", *words], capture_output=True, text=True, **options)

os.mkdir("textfiles")
file = "textfiles/keepwatch.prom"
result = audit("--textfile", file)
check(result.returncode == 0 and result.stdout == result.stderr == "", result)
check(os.listdir("textfiles") == ["keepwatch.prom"] and os.stat(file).st_mode & 0o777 == 0o644, os.listdir("textfiles"))
families = {family.name: family for family in text_string_to_metric_families(open(file).read())}
sockets = {tuple(sorted(sample.labels.items())): sample.value for sample in families["keepwatch_sockets"].samples}
service = ("service", "127.0.0.1:5432")
check(sockets == {(("noticed", "never"), service): 1, (("noticed", "after"), service): 1}, sockets)
check(families["keepwatch_connections"].samples[0].value == 2 == families["keepwatch_settings_read"].samples[0].value)
late = families["keepwatch_noticed_after_seconds"].samples
check([sample.value for sample in late] == [2] and late[0].labels["process"].startswith("python3"), late)
check(audit("--metrics").stdout == open(file).read(), "--metrics prints the same")

# What reads the file meanwhile finds a whole one, whenever it looks.
lengths = set()
writers = [subprocess.Popen([program, "audit", "--textfile", file]) for _ in range(3)]
while any(writer.poll() is None for writer in writers):
    lengths.add(len(open(file).read()))
check(len(lengths) == 1 and os.listdir("textfiles") == ["keepwatch.prom"], lengths, os.listdir("textfiles"))

# Mistakes: the file is what it was.
before = open(file).read()
for words in (["--textfile", "textfiles/keepwatch.txt"], ["--textfile", file, "--json"], ["--textfile", file, "--watch", "1"]):
    check(audit(*words).returncode == 64, words)
os.chmod("textfiles", 0o555)
check(audit("--textfile", "no/such/folder.prom").returncode == 1)
os.chmod(".", 0o755)
plain = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
shutil_copy = subprocess.run(["cp", program, "program"], check=True)
result = subprocess.run([*plain, "./program", "audit", "--textfile", file], capture_output=True, text=True)
check(result.returncode == 1 and "cannot be replaced: Permission denied" in result.stderr, result)
os.chmod("textfiles", 0o755)
check(audit("--textfile", file, "--fail-on", "never-noticed").returncode == 3, "--fail-on goes with it")

# As the unit starts it: root with four capabilities.
unit = open(fleet + "/keepwatch-textfile.service").read()
capabilities = re.search("^CapabilityBoundingSet=(.*)$", unit, re.M)[1].replace("CAP_", "").lower().split()
check(set(capabilities) == {"sys_ptrace", "dac_read_search", "setuid", "setgid"}, capabilities)
words = ["setpriv", "--bounding-set", "-all," + ",".join("+" + name for name in capabilities), "--no-new-privs", program]
os.remove(file)
result = subprocess.run([*words, "audit", "--textfile", file], capture_output=True, text=True)
check(result.returncode == 0 and os.listdir("textfiles") == ["keepwatch.prom"], result)
check(value(open(file).read(), "keepwatch_settings_read") == 2, open(file).read())

# A plain user with the two capabilities for looking sees as much as root.
copy = os.path.abspath("program")
words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps", "+sys_ptrace,+dac_read_search",
         "--ambient-caps", "+sys_ptrace,+dac_read_search", copy, "audit", "--json"]
last = json.loads(subprocess.run(words, capture_output=True, text=True).stdout.splitlines()[-1])
check(last["settings_read"] == 2 and last["unseen"] == 0, last)
