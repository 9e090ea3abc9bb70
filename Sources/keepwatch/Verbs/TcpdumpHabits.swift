/// tcpdump's way with short options, put into ArgumentParser's terms.
///
/// getopt(3) takes a value joined to its option (`-c10`, `-ieth0`) and flags in one word, also before an option
/// (`-nni any`); `keepwatch -r FILE` means replay, and `keepwatch -i IF` means live.
enum TcpdumpHabits {
  /// Short options that take a value, in any verb.
  private static let valued: Set<Character> = ["B", "C", "c", "G", "i", "o", "r", "s", "W", "w", "Z"]
  /// Short options that take none.
  private static let flags: Set<Character> = ["D", "l", "n", "p", "q", "t", "U", "v"]
  private static let verbs: Set<String> = ["audit", "demo", "extcap", "live", "read", "replay", "run", "help"]

  /// Those that take none of tcpdump's options.
  private static let plainVerbs: Set<String> = ["audit", "demo", "extcap", "help"]

  static func normalize(_ arguments: [String]) -> [String] {
    if let first = arguments.first, plainVerbs.contains(first) { return arguments }
    var result: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--", arguments.first == "run" {
        // What follows is a program and its arguments.
        return result + ["--"] + rest
      }
      if argument == "--" {
        // What follows is the filter, whatever it looks like.
        result.append(contentsOf: ["--filter", rest.joined(separator: " ")])
        break
      }
      guard let words = split(argument, valued: arguments.first == "run" ? valued.union(["p"]) : valued) else {
        result.append(argument)
        continue
      }
      result.append(contentsOf: words.options)
      if words.endsWithValuedOption, let value = rest.popFirst() { result.append(value) }
    }
    return withVerb(result)
  }

  /// A word of short options, one by one; `nil` where it is something else.
  private static func split(
    _ word: String, valued: Set<Character>
  ) -> (options: [String], endsWithValuedOption: Bool)? {
    guard word.count >= 2, word.first == "-", !word.hasPrefix("--") else { return nil }
    var options: [String] = []
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      if flags.contains(letter), !valued.contains(letter) {
        options.append("-\(letter)")
      } else if valued.contains(letter) {
        options.append("-\(letter)")
        if letters.isEmpty { return (options, true) }
        options.append(String(letters))
        return (options, false)
      } else {
        return nil
      }
    }
    return (options, false)
  }

  /// Puts the verb first that `-r`, `-i` and `-D` stand for.
  private static func withVerb(_ arguments: [String]) -> [String] {
    guard let first = arguments.first, !verbs.contains(first) else { return arguments }
    if arguments.contains("-r") { return ["replay"] + arguments }
    return arguments.contains("-i") || arguments.contains("-D") ? ["live"] + arguments : arguments
  }
}
