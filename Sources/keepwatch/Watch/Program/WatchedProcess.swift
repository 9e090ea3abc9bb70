import ApplicationLog

/// A program that is watched: one that `run` starts, or one that runs already.
protocol WatchedProcess: AnyObject {
  /// What strace writes, where it traces.
  var logs: [ApplicationLogFile] { get }
  /// The number of its process, once it has been started.
  var process: Int32? { get }
  /// Whether it has ended.
  var hasEnded: Bool { get }
  /// Its exit status, where this is to end with the same; `nil` where it is not, or has none yet.
  var status: Int32? { get }
  /// Whether signals are for it, and not for this watch.
  var takesSignals: Bool { get }
  /// Starts it, or what it needs to be watched.
  ///
  /// - Throws: an exit status, after a message.
  func start() throws
  /// Looks after it; what there is to tell is handed to `tell`.
  func poll(_ tell: (String) -> Void)
  /// Nothing more is wanted of it: leaves it as it was.
  func finish()
}
