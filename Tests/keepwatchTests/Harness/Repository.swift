import Foundation

/// Where this repository lies.
enum Repository {
  /// This file lies in Tests/keepwatchTests/Harness.
  static let folder = (1...4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }.path
}
