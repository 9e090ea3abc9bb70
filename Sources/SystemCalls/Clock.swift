import Glibc

/// The time now, in nanoseconds since the epoch: the clock of the packets' times.
public func currentTime() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Does nothing for so many milliseconds, or until a signal comes.
public func pause(milliseconds: Int) {
  _ = poll(nil, 0, Int32(clamping: milliseconds))
}

/// The time of day at `time`, in this host's zone: "13:41:07".
public func timeOfDay(at time: Int64) -> String {
  var seconds = time_t(time / 1_000_000_000)
  var parts = unsafe tm()
  unsafe localtime_r(&seconds, &parts)
  let fields = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec]
  return fields.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
}
