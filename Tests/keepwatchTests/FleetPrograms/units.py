# What systemd says of the units, with the built program in the place of the installed one.
os.mkdir("units")
for name in ("keepwatch-textfile.service", "keepwatch-textfile.timer", "keepwatch-live.service"):
    unit = open(f"{fleet}/{name}").read()
    check("/usr/local/bin/keepwatch" in unit or name.endswith(".timer"), name)
    open(f"units/{name}", "w").write(unit.replace("/usr/local/bin/keepwatch", program))
    result = subprocess.run(["systemd-analyze", "verify", "--man=no", f"units/{name}"], capture_output=True, text=True)
    problems = [line for line in result.stderr.splitlines() if "keepwatch" in line]
    check(not problems, problems)
for name in ("keepwatch-textfile.service", "keepwatch-live.service"):
    result = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=40", f"units/{name}"],
                            capture_output=True, text=True)
    check(result.returncode == 0, name, result.stdout[-400:], result.stderr)
