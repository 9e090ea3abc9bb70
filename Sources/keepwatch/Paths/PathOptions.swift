import ArgumentParser
import Findings
import PacketCapture
import SystemCalls

/// What may lie on paths.
struct PathOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What boxes on the path do to idle connections: known ones by name, those of boxes.json, or times, separated by commas.",
      valueName: "boxes"))
  var through: [String] = []
}

extension PathKnowledge {
  /// The known boxes, the host's and the user's own, and those of `words`, of which each may hold several.
  ///
  /// To be called without privileges: what users write is read.
  ///
  /// - Throws: the exit status 1, after a message, where a file of boxes cannot be taken; a mistake of the command line where a
  ///   word names no box.
  static func load(through words: [String]) throws -> PathKnowledge {
    let boxes = PathBox.known + (try BoxFiles.boxes())
    return PathKnowledge(
      boxes: boxes,
      asked: try words.flatMap { $0.split(separator: ",") }.map { try PathThreshold(word: String($0), of: boxes) })
  }
}

/// The files that have boxes of one's own.
enum BoxFiles {
  /// A longer one is a mistake.
  private static let mostOctets = 1 << 20

  /// The host's, then the user's, who may have the host's boxes otherwise.
  private static var paths: [String] {
    let own =
      environmentVariable("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? environmentVariable("HOME").map { $0 + "/.config" }
    return ["/etc"].map { $0 + "/keepwatch/boxes.json" } + [own].compactMap { $0.map { $0 + "/keepwatch/boxes.json" } }
  }

  static func boxes() throws -> [PathBox] {
    var boxes: [PathBox] = []
    for path in paths {
      guard let octets = try octets(path) else { continue }
      do throws(BoxFile.Problem) { boxes += try BoxFile.boxes(octets, named: path) } catch {
        complain("\(path) cannot be taken: \(error.description).")
        throw ExitCode(1)
      }
    }
    return boxes
  }

  /// A file's octets; `nil` where it is not there, or in a folder that this user may not look into: another's, under sudo.
  private static func octets(_ path: String) throws -> [UInt8]? {
    guard FileSystem.exists(path) else { return nil }
    var octets: [UInt8] = []
    do throws(SystemError) {
      let file = try InputFile(path: path, isWaiting: false)
      while file.kind == .regular, octets.count <= mostOctets {
        let more = try file.read(atMost: 1 << 16)
        if more.isEmpty { return octets }
        octets += more
      }
    } catch {
      complain("\(path) cannot be read: \(error.text).")
      throw ExitCode(1)
    }
    complain("\(path) cannot be taken: it is no regular file of at most 1 MiB.")
    throw ExitCode(1)
  }
}
