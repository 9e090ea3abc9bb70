import ArgumentParser
import SystemCalls

/// The files of one call that follow one another, in one folder, which was opened before privileges went.
final class FileSeries {
  private let folder: Folder
  private let path: String
  private let isRead: (FileIdentity) -> Bool
  private var rotation: FileRotation
  /// The first file, where it is to be written again: it was opened with privileges, and may not be opened once more.
  private var first: OpenedOutput?

  /// The series whose first file is to lie at `path`.
  ///
  /// - Parameters:
  ///   - path: the folder, as the user named it; empty for the current one.
  ///   - rotation: when the next follows.
  ///   - isRead: whether a file is one that this call reads.
  /// - Throws: `SystemError` where the folder cannot be opened.
  init(in path: String, _ rotation: FileRotation, isRead: @escaping (FileIdentity) -> Bool) throws(SystemError) {
    folder = try Folder(path: path.isEmpty ? "." : path)
    self.path = path
    self.isRead = isRead
    self.rotation = rotation
  }

  /// Whether another file is due for a packet at `time`, where the current one has `octets` so far.
  func isDue(_ time: Int64, octets: Int) -> Bool { rotation.isDue(time, octets: octets) }

  /// The name that tells the format.
  var pattern: String { rotation.pattern }

  /// Whether no file is to follow.
  var isComplete: Bool { rotation.isComplete }

  /// The folder, for messages.
  var folderName: String { path.isEmpty ? "the current folder" : path }

  /// Whether the user as whom this runs now may make the next file.
  var isWritable: Bool { folder.isWritable }

  /// The path of the next file, which begins at `time`.
  func nextPath(at time: Int64) -> String { path + rotation.next(at: time) }

  /// Keeps the first file, where the series comes back to it.
  func keep(first file: OpenedOutput) { if rotation.count != nil { first = file } }

  /// Opens the next file, which begins at `time`.
  ///
  /// - Returns: the file, or why it cannot be written, in a sentence.
  func open(at time: Int64) -> Result<OpenedOutput, SeriesFailure> {
    let again = rotation.returnsToFirst ? first : nil
    let name = rotation.next(at: time)
    if let again { return .success(again) }
    do throws(SystemError) {
      let (descriptor, _) = try folder.openForWriting(name)
      let file = OpenedOutput(name: path + name, following: descriptor)
      if let identity = FileIdentity(descriptor: descriptor), identity.isOnDisk, isRead(identity) {
        return .failure(SeriesFailure(text: "\(path + name) cannot be written: it is read."))
      }
      return .success(file)
    } catch {
      return .failure(SeriesFailure(text: "\(path + name) cannot be written: \(error.text)."))
    }
  }
}

/// Why the next file of a series cannot be written.
struct SeriesFailure: Error {
  /// A sentence.
  let text: String
}
