# `live --listen`: what Prometheus gets, from whom, and what it makes of it.
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics

watch = Running("live", "--listen", address, "--lines")
wait_for(watch.process)
listener = socket.create_server(("127.0.0.1", 5432))
pairs = [probing_pair(listener) for _ in range(6)]

def metrics():
    return get("/metrics")[1]

until(lambda: value(metrics(), 'keepwatch_probes_total{prober="local"}') >= 6, "probes are counted")
until(lambda: (value(metrics(), "keepwatch_probe_answer_delay_seconds_count") or 0) >= 6, "and their answers' delays")
check(value(metrics(), 'keepwatch_give_ups_total{prober="local"}') == 0, metrics())

# Both formats are read by others' parsers, and named rightly.
scraping = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
            "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
for accept, kind, parse in ((None, "text/plain; version=0.0.4; charset=utf-8", text_string_to_metric_families),
                            ("text/plain", "text/plain; version=0.0.4; charset=utf-8", text_string_to_metric_families),
                            ("*/*", "text/plain; version=0.0.4; charset=utf-8", text_string_to_metric_families),
                            (scraping, "application/openmetrics-text; version=1.0.0; charset=utf-8", open_metrics),
                            ("application/openmetrics-text;q=0.1,text/plain", "text/plain; version=0.0.4; charset=utf-8",
                             text_string_to_metric_families)):
    told, body = get("/metrics", accept)
    check(told == kind, accept, told)
    families = {family.name: family for family in parse(body)}
    check({family.type for family in families.values()} <= {"counter", "gauge", "histogram"}, body)
    check("keepwatch_sockets" in families and len(families) == 12, families.keys())
    labels = {label for family in families.values() for sample in family.samples for label in sample.labels}
    check(labels <= {"prober", "service", "verdict", "noticed", "by", "le", "version"}, labels)
lint = subprocess.run(["promtool", "check", "metrics"], input=metrics(), capture_output=True, text=True)
check(lint.returncode == 0 and lint.stdout + lint.stderr == "", lint)
check(get("/-/healthy")[0].startswith("text/plain"))

# The listener may nothing: no capability, no descriptor of the capture, and another user than root.
found = [pid for pid in os.listdir("/proc") if pid.isdigit() and text(f"/proc/{pid}/comm") == "keepwatch-liste\n"
         and text(f"/proc/{pid}/stat").rsplit(") ", 1)[-1].split()[1] == str(watch.pid)]
check(len(found) == 1, found)
status = dict(line.split(":\t", 1) for line in text(f"/proc/{found[0]}/status").splitlines())
check(all(int(status[each], 16) == 0 for each in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")), status)
check(status["NoNewPrivs"] == "1" and status["Uid"].split()[0] != "0", status)
packets = {line.split()[-1] for line in text("/proc/net/packet").splitlines()[1:]}
descriptors = {os.readlink(f"/proc/{found[0]}/fd/{name}") for name in os.listdir(f"/proc/{found[0]}/fd")}
check(not {f"socket:[{inode}]" for inode in packets} & descriptors, descriptors)

# A real Prometheus: it scrapes, answers a query, and fires the alert, whose times are cut to what a test has.
rules = re.sub("for: .*", "for: 0s", open(fleet + "/alerts.yml").read())
open("alerts.yml", "w").write(rules)
open("prometheus.yml", "w").write(f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 500ms}}
rule_files: [alerts.yml]
scrape_configs: [{{job_name: keepwatch, static_configs: [{{targets: ["{address}"]}}]}}]
""")
check(subprocess.run(["promtool", "check", "config", "prometheus.yml"], capture_output=True).returncode == 0)
prometheus = subprocess.Popen(
    ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:9090"],
    stdout=open("prometheus.log", "w"), stderr=subprocess.STDOUT)

def asked(path):
    try:
        return json.loads(get(path, at="127.0.0.1:9090")[1])["data"]
    except OSError:
        return None

def result(query):
    answer = asked("/api/v1/query?query=" + urllib.request.quote(query))
    return [series["value"][1] for series in answer["result"]] if answer else []

until(lambda: result('keepwatch_give_ups_total{prober="local"}') == ["0"], "it has scraped", text("prometheus.log"))
check(result('sum(keepwatch_sockets{service="127.0.0.1:5432"})') == ["12"], result("keepwatch_sockets"))

def firing():
    return {alert["labels"]["alertname"] for alert in (asked("/api/v1/alerts") or {"alerts": []})["alerts"]
            if alert["state"] == "firing"}

check("KeepwatchConnectionsDying" not in firing(), firing())
for _, server in pairs:
    make_deaf(server)
until(lambda: value(metrics(), 'keepwatch_give_ups_total{prober="local"}') == 6, "all are given up", metrics())
check(value(metrics(), 'keepwatch_probes_unanswered_total{prober="local"}') == 6, metrics())
until(lambda: "KeepwatchConnectionsDying" in firing(), "the alert fires", text("prometheus.log"))
check("KeepwatchLosingPackets" not in firing(), firing())

# All that alerts and dashboard ask for is told, by this or by an audit.
names = set(re.findall("^# TYPE ([a-z_]+)", metrics(), re.M))
names |= set(re.findall("^# TYPE ([a-z_]+)", subprocess.run([program, "audit", "--metrics"], capture_output=True, text=True).stdout, re.M))
dashboard = json.load(open(fleet + "/dashboard.json"))
expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
check(len(expressions) >= 8, expressions)
for expression in expressions + re.findall("keepwatch_[a-z_]+", open(fleet + "/alerts.yml").read()):
    for name in re.findall("keepwatch_[a-z_]+", expression):
        check(re.sub("_(bucket|sum|count)$", "", name) in names, name, names)
for expression in expressions:
    answer = asked("/api/v1/query?query=" + urllib.request.quote(
        expression.replace("$__rate_interval", "1m").replace("$instance", ".*")))
    check(answer is not None, expression)

# A minute after it ended a connection is counted by its service: not waited for here. Without its watch the listener ends.
watch.send(signal.SIGTERM)
watch.end()
until(lambda: not os.path.exists(f"/proc/{found[0]}") or status_letter(found[0]) == "Z", "the listener ends with its watch")
until(lambda: "KeepwatchAbsent" in firing(), "and its absence is told")
prometheus.terminate()

# An address that is taken, and one that is none.
taken = socket.create_server(("127.0.0.1", 9111))
for words, code, message in ((["127.0.0.1:9111"], 1, "Address already in use"), (["localhost:9111"], 64, "is no address with a port"),
                             (["9111"], 64, "is no address with a port")):
    result = subprocess.run([program, "live", "--listen", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    check(result.returncode == code and message in result.stderr, words, result)

# Who opens more connections than it has descriptors ends neither.
import resource
watch = Running("live", "--listen", address, "--lines", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60)))
wait_for(watch.process)
idle = []
try:
    for _ in range(100):
        idle.append(socket.create_connection(("127.0.0.1", 9110), timeout=1))
except OSError:
    pass
for connection in idle:
    connection.close()
wait_for(watch.process)
watch.send(signal.SIGTERM)
watch.end()

# Where the listener is killed, the watch ends with an error: whoever starts services starts both again.
watch = Running("live", "--listen", address, "--lines")
wait_for(watch.process)
os.kill(int(subprocess.run(["pgrep", "-P", str(watch.pid), "-x", "keepwatch-liste"], capture_output=True, text=True).stdout), signal.SIGKILL)
check(watch.end() == 1 and "has ended, so the watch has ended too" in text("err"), text("err"))

# As the unit starts it: a plain user with CAP_NET_RAW alone.
os.chmod(".", 0o755)
subprocess.run(["cp", program, repository + "/.build/listener/debug/keepwatch-listener", "."], check=True)
unit = open(fleet + "/keepwatch-live.service").read()
check(re.search("^AmbientCapabilities=CAP_NET_RAW$", unit, re.M) and re.search("^CapabilityBoundingSet=CAP_NET_RAW$", unit, re.M))
started = subprocess.Popen(
    ["setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups", "--bounding-set", "-all,+net_raw", "--inh-caps",
     "+net_raw", "--ambient-caps", "+net_raw", "--no-new-privs", os.path.abspath("keepwatch"), "live", "--listen", address,
     "-iany"], stdout=subprocess.DEVNULL, stderr=open("err", "w"))
wait_for(started)
until(lambda: "CapPrm:\t0000000000000000" in text(f"/proc/{started.pid}/status"), "it gives the capability up")
started.send_signal(signal.SIGTERM)
check(started.wait(30) == 0, text("err"))
