import Glibc

/// The value of a variable of the environment, whatever octets it has; `nil` where it is not set.
public func environmentVariable(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe FileName.text(terminated: value)
}
