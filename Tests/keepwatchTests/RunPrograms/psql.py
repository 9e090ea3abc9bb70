# psql waits for a query of PostgreSQL's, and its own host begins to drop what the server's kernel answers.
psql, postgres = command("psql"), command("/usr/lib/postgresql/*/bin/postgres")
command("nft")
os.chmod(".", 0o755)
folder = os.path.abspath("postgres")
os.mkdir(folder)
shutil.chown(folder, "nobody")
as_nobody = ["setpriv", "--reuid", "65534", "--clear-groups"]
do(*as_nobody, os.path.dirname(postgres) + "/initdb", "-D", folder + "/data", "-A", "trust", "-U", "me", "--no-sync")
with open(folder + "/data/pg_hba.conf", "a") as file:
    file.write("host all all 10.1.0.0/24 trust\n")
start(*as_nobody, postgres, "-D", folder + "/data", "-c", "listen_addresses=" + server, "-k", folder, "-F", far=True)
listens(5432)
settings = "keepalives_idle=2 keepalives_interval=1 keepalives_count=3"
told = story(
    [psql, f"host={server} user=me dbname=postgres {settings}", "-c", "select pg_sleep(50)"], 5432, lambda: drop_answers(5432))
expect(told, [
    "Its socket: SO_KEEPALIVE on, TCP_KEEPIDLE 2 s, TCP_KEEPINTVL 1 s, TCP_KEEPCNT 3, as read from the socket.",
    "probe 1 of 3", "probe 2 of 3", "probe 3 of 3", "gives the connection up",
    "DEAD: the client's kernel gave up (RST #", "without a word from its peer that it accepted = idle 2 s + 3 × interval 1 s + 0.",
    "3 of 3 probes counted as unanswered", "did not accept the answers in this capture", "learned of it by recv() = -1 ETIMEDOUT",
    "In Python recv raises TimeoutError (ETIMEDOUT).", "To learn An answer that is captured is not one that was accepted",
    "1 give-up",
], ["ANSWERED", "no reset", "SO_KEEPALIVE off", "TCP_USER_TIMEOUT"])
