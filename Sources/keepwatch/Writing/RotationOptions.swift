import ArgumentParser

/// tcpdump's ways of saving packets in several files.
struct RotationOptions: ParsableArguments {
  @Option(
    name: .customShort("C"),
    help: ArgumentHelp(
      "With -w: begin another file once one has so many million bytes; k, m and g are units of 1,024.",
      valueName: "size"),
    transform: Self.octets)
  var fileSize: Int?

  @Option(
    name: .customShort("G"),
    help: ArgumentHelp(
      "With -w: begin another file after so many seconds; the file's name may hold strftime(3)'s parts, as %H%M%S.",
      valueName: "seconds"))
  var fileSeconds: Int?

  @Option(
    name: .customShort("W"),
    help: ArgumentHelp("With -C: write so many files in turn. With -G: end after so many.", valueName: "files"))
  var fileCount: Int?

  func validate() throws {
    if let fileSeconds, fileSeconds < 1 { throw ValidationError("-G takes a number of seconds, from 1.") }
    if let fileCount, fileCount < 1 { throw ValidationError("-W takes a number of files, from 1.") }
    guard fileCount == nil || (fileSize == nil) != (fileSeconds == nil) else {
      throw ValidationError("-W goes with either -C or -G: with -C it writes files in turn, with -G it ends the watch.")
    }
  }

  /// Opens the file of -w, and where others follow it, their series.
  func open(_ file: String?, _ outputs: OutputFiles) throws -> (first: OpenedOutput?, series: FileSeries?) {
    guard let rotation = try rotation(of: file), let file else { return (try outputs.open(file, for: "-w"), nil) }
    return try outputs.open(file, rotation, for: "-w")
  }

  /// How the files of -w follow one another; `nil` where there is one.
  ///
  /// - Throws: a mistake of the command line where there is nothing to rotate.
  private func rotation(of file: String?) throws -> FileRotation? {
    guard fileSize != nil || fileSeconds != nil else { return nil }
    guard let file, !file.isEmpty, !file.hasSuffix("/") else { throw ValidationError("-C and -G go with -w FILE.") }
    let name = file.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? file
    return FileRotation(octets: fileSize, seconds: fileSeconds, count: fileCount, pattern: name)
  }

  /// Millions of octets, or with a unit's letter kibi-, mebi- or gibioctets, as tcpdump has them.
  private static func octets(_ text: String) throws -> Int {
    let units: [Character: Int] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
    let unit = text.last.flatMap { units[Character($0.lowercased())] }
    guard let number = Int(unit == nil ? Substring(text) : text.dropLast()), (1...1_000_000).contains(number) else {
      throw ValidationError("-C takes a number of million bytes, or one with k, m or g, not '\(text)'.")
    }
    return number * (unit ?? 1_000_000)
  }
}
