import ArgumentParser
import PacketCapture
import Presenting
import SystemCalls

/// A file that stands open for writing, with what it held before still in it.
///
/// One that was made for it goes away again where nothing is written: where a mistake is found only later.
final class OpenedOutput {
  /// What it was before it was opened.
  fileprivate enum Origin {
    /// Standard output or standard error: whoever opened it has emptied it, or wants what is there kept.
    case standard
    case found
    case made(Users)
  }

  /// The file, as the user named it.
  let name: String
  fileprivate let descriptor: Int32
  private let origin: Origin
  private var hasBegun = false

  fileprivate init(name: String, descriptor: Int32, _ origin: Origin) {
    self.name = name
    self.descriptor = descriptor
    self.origin = origin
  }

  /// A file of a series, which stands open as `descriptor`, and stays whatever comes.
  init(name: String, following descriptor: Int32) {
    self.name = name
    self.descriptor = descriptor
    origin = .found
  }

  deinit {
    if case .made(let users) = origin, !hasBegun { remove(users) }
    Descriptor.close(descriptor)
  }

  /// The descriptor, for writing from now on: a regular file is emptied, also where it was written before.
  func begin() -> Int32 {
    defer { hasBegun = true }
    if case .standard = origin { return descriptor }
    if case .made = origin, !hasBegun { return descriptor }
    if FileIdentity(descriptor: descriptor)?.isRegular == true { Descriptor.empty(descriptor) }
    return descriptor
  }

  /// Takes its name away, unless something else has that by now.
  ///
  /// Where root has become a user who may not, it stays, empty.
  private func remove(_ users: Users) {
    guard let file = FileIdentity(descriptor: descriptor), file == FileIdentity(path: name) else { return }
    _ = try? users.withCallersRights { FileSystem.remove(name) }
  }
}

/// The files that one call writes.
///
/// They are opened with the rights of the user who called, and before privileges go; they are emptied by `OpenedOutput.begin()`,
/// when it is known that none of them is read, or written twice.
final class OutputFiles {
  private let users: Users
  /// What is read, by its name in messages.
  private let inputs: [(name: String, file: FileIdentity)]
  private var outputs: [(option: String, file: FileIdentity)] = []
  private var isOnStandardOutput = false

  /// Nothing opened yet.
  ///
  /// - Parameters:
  ///   - users: whose rights they are opened with.
  ///   - inputs: paths of what this call reads; standard input is known.
  init(of users: Users, reading inputs: [String]) {
    self.users = users
    let files = inputs.compactMap { path in FileIdentity(path: path).map { (path, $0) } }
    let standardInput = FileIdentity(descriptor: Descriptor.standardInput).map { ("standard input", $0) }
    self.inputs = files + [standardInput].compactMap { $0 }
  }

  /// Where text goes that is not sent elsewhere: to standard error where standard output takes one of the files.
  var textDescriptor: Int32 { isOnStandardOutput ? Descriptor.standardError : Descriptor.standardOutput }

  /// Opens a file, whatever it is: a regular file, new or not, a pipe, a terminal, a device; "-" is standard output.
  ///
  /// - Parameters:
  ///   - path: the file; `nil` where none was asked for.
  ///   - option: the option that names it, for messages.
  /// - Returns: the file; `nil` where none was asked for.
  /// - Throws: the exit status 1, after a message, where it cannot be opened; a mistake of the command line where it is a file
  ///   that this call reads, or writes for another purpose.
  func open(_ path: String?, for option: String) throws -> OpenedOutput? {
    guard let path else { return nil }
    let standard = Self.standardDescriptor(path)
    let output = try standard.map { try Self.duplicate($0, path) } ?? openFile(path)
    guard let file = FileIdentity(descriptor: output.descriptor) else { return output }
    try check(file, path, option, isStandard: standard != nil)
    outputs.append((option, file))
    if standard == Descriptor.standardOutput { isOnStandardOutput = true }
    return output
  }

  /// Opens the first of files that follow one another, and the folder that they lie in.
  ///
  /// - Throws: as the other `open` does; the exit status 77, after a message, where no file can follow.
  func open(_ path: String, _ rotation: FileRotation, for option: String) throws -> (OpenedOutput?, FileSeries) {
    guard Self.standardDescriptor(path) == nil else {
      throw ValidationError(
        "\(option) names no file that others may "
          + "follow.")
    }
    let folder = String(path.dropLast(rotation.pattern.count))
    let opened: Result<FileSeries, SystemError>
    do throws(PrivilegeError) {
      opened = try users.withCallersRights {
        Result { () throws(SystemError) in
          try FileSeries(in: folder, rotation) { [inputs] file in inputs.contains { $0.file == file } }
        }
      }
    } catch {
      throw stop(error)
    }
    switch opened {
    case .success(let series):
      try checkFolder(of: series)
      return (try open(series.nextPath(at: currentTime()), for: option), series)
    case .failure(let error):
      complain("\(folder) cannot be opened: \(error.text).")
      throw ExitCode(1)
    }
  }

  /// The files that follow are made once privileges have gone.
  private func checkFolder(of series: FileSeries) throws {
    let isWritable: Bool
    do throws(PrivilegeError) { isWritable = try users.withReadersRights { series.isWritable } } catch {
      throw stop(error)
    }
    guard !isWritable else { return }
    complain(
      "-C and -G make files once privileges have gone, and the user as whom packets are read may make none in "
        + "\(series.folderName). Name a folder where that user may, or another user: -Z USER.")
    throw ExitCode(77)
  }

  private func check(_ file: FileIdentity, _ path: String, _ option: String, isStandard: Bool) throws {
    if file.isOnDisk, let input = inputs.first(where: { $0.file == file }) {
      throw ValidationError("\(option) would write over \(input.name), which is read; name another file.")
    }
    if !file.isCharacterDevice, let other = outputs.first(where: { $0.file == file }) {
      throw ValidationError("\(option) and \(other.option) would both write to \(path); name two files.")
    }
    if file.isOnDisk, !isStandard,
      [Descriptor.standardOutput, Descriptor.standardError].contains(where: { FileIdentity(descriptor: $0) == file })
    {
      throw ValidationError(
        "\(option) would write over \(path), which standard output or standard error goes to; name another file.")
    }
  }

  private func openFile(_ path: String) throws -> OpenedOutput {
    let opened: Result<(descriptor: Int32, isMade: Bool), SystemError>
    do throws(PrivilegeError) {
      opened = try users.withCallersRights {
        Result { () throws(SystemError) in try FileSystem.openForWriting(path) }
      }
    } catch {
      throw stop(error)
    }
    switch opened {
    case .success(let (descriptor, isMade)):
      return OpenedOutput(name: path, descriptor: descriptor, isMade ? .made(users) : .found)
    case .failure(let error):
      complain("\(path) cannot be written: \(error.text).")
      throw ExitCode(1)
    }
  }

  /// Standard output and standard error by their names: what stands open is written, whoever may open it anew.
  private static func standardDescriptor(_ path: String) -> Int32? {
    switch path {
    case "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1": Descriptor.standardOutput
    case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2": Descriptor.standardError
    default: nil
    }
  }

  private static func duplicate(_ descriptor: Int32, _ path: String) throws -> OpenedOutput {
    do throws(SystemError) {
      return OpenedOutput(name: path, descriptor: try Descriptor.duplicate(descriptor), .standard)
    } catch {
      complain("\(path) cannot be written: \(error.text).")
      throw ExitCode(1)
    }
  }
}
