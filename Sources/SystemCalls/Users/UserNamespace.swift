import Glibc

/// The user namespace that this process is in (user_namespaces(7)).
enum UserNamespace {
  /// The user whom `user` is outside of it; `nil` where there is no such user in it.
  ///
  /// Outside of every namespace, and where /proc does not tell, each user is himself.
  static func outside(_ user: uid_t) -> uid_t? {
    guard let map = KernelFile.text("/proc/self/uid_map") else { return user }
    for line in map.split(separator: "\n") {
      // The first user inside, the first one outside, and how many there are.
      let numbers = line.split(separator: " ").compactMap { UInt64($0) }
      guard numbers.count == 3, numbers[0] <= user, UInt64(user) - numbers[0] < numbers[2] else { continue }
      return uid_t(truncatingIfNeeded: numbers[1] + (UInt64(user) - numbers[0]))
    }
    return nil
  }
}
