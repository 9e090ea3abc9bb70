import ApplicationLog
import Findings
import KernelView

/// How programs, their users, containers and peers are called.
enum AuditNames {
  /// Digits of a container's identifier, as its own tools show it.
  private static let containerDigits = 12

  /// "api[2211]"; with more holders, "nginx[812] and 3 others".
  static func program(_ connection: AuditedConnection) -> String {
    guard let owner = connection.owners.first else { return "a program of user \(connection.socket.user)" }
    let others = Set(connection.owners.map(\.process)).count - 1
    let more = others == 0 ? "" : " and \(counted(others, "other"))"
    return "\(owner.name.printable)[\(owner.process)]\(more)\(place(connection.container, connection.namespace))"
  }

  /// "api → 10.0.9.8:5432", "postgres ← at 10.0.9.8:5432".
  static func group(_ group: AuditGroup, _ style: TextStyle) -> String {
    let key = group.key
    let name = key.program.map(\.printable) ?? "user \(key.user)"
    let arrow = key.isIncoming ? "\(style.left) at" : style.right
    let peer = key.peer.map { key.isRedirected ? ", sent to \($0.printable)" : " (\($0.printable))" } ?? ""
    return "\(name)\(place(key.container, key.namespace)) \(arrow) \(key.service)\(peer)"
  }

  private static func place(_ container: String?, _ namespace: AuditedConnection.Place) -> String {
    if let container { return " in container \(container.prefix(containerDigits))" }
    if namespace.isOwn { return "" }
    return " in \(namespace.name?.printable ?? "netns \(namespace.number)")"
  }
}

/// Why options could not be read, as a sentence.
enum SettingsProblemText {
  /// The reason, and what would help.
  static func sentence(_ problem: SettingsProblem) -> String {
    switch problem {
    case .foreignProcess:
      "their programs are other users', or may not be looked into; root reads them (with CAP_SYS_PTRACE, in a container)."
    case .unseenProcess:
      "no process that is seen from here has them: the kernel has, as for NFS, or another PID namespace's process."
    case .refused(let refusal):
      "the kernel refuses a copy of the descriptor (\(refusal.text)), as Yama's kernel.yama.ptrace_scope makes it for "
        + "a user's own programs too; root reads them."
    case .helperFailed: "the process that reads them failed."
    }
  }

  /// A word for programs.
  static func word(_ problem: SettingsProblem) -> String {
    switch problem {
    case .foreignProcess: "foreign-process"
    case .unseenProcess: "unseen-process"
    case .refused(let refusal): refusal.name
    case .helperFailed: "helper-failed"
    }
  }
}
