import Findings
import PacketWire

extension JSONReport {
  /// What explains lost and ended connections: a line for each silent host, for each server with something to explain, and for
  /// each box that is asked for.
  public func paths(_ evidence: PathEvidence, _ path: PathKnowledge, to lines: inout [UInt8]) {
    for host in evidence.silentHosts { silentHost(host, to: &lines) }
    for explanation in evidence.explanations(by: path.boxes) { self.explanation(explanation, to: &lines) }
    for threshold in path.asked { through(evidence.answer(threshold), to: &lines) }
  }

  private func silentHost(_ host: SilentHost, to lines: inout [UInt8]) {
    lines.begin("silent-host")
    lines.member("host", host.host)
    lines.member("last_heard", time: host.lastHeard)
    lines.member("lost", host.connections)
    lines.member("missed_probes", host.missedProbes.map(\.connection))
    lines.member("stalled", host.stalled)
    lines.member("unanswered_openings", host.unansweredOpenings)
    lines.end()
  }

  private func explanation(_ explanation: PathExplanation, to lines: inout [UInt8]) {
    lines.begin("explanation")
    lines.members("server_ip", "server_port", explanation.server)
    lines.member("survived", explanation.survived)
    lines.member("survived_longest", nanoseconds: explanation.survived > 0 ? explanation.longestSurvived : nil)
    lines.member("lost", explanation.lost.map(\.number))
    lines.member("lost_shortest", nanoseconds: explanation.lost.map(\.silence).min())
    lines.member("not_explained", explanation.unexplained.map(\.number))
    lines.member("heard_elsewhere", explanation.othersHeard)
    lines.member("heard_elsewhere_same_client", explanation.othersOfSameClients)
    lines.member("boxes", explanation.fits.map(\.name))
    lines.member("closed", explanation.ended(.inSpiteOfProbes).map(\.number))
    lines.member("closed_unprobed", explanation.ended(.closed, .reset).map(\.number))
    lines.member("reset_both_ends", explanation.ended(.resetInBothNames).map(\.number))
    lines.member("ended_by", Set(explanation.ended.flatMap(\.fits).map(\.name)).sorted())
    lines.end()
  }

  private func through(_ answer: PathAnswer, to lines: inout [UInt8]) {
    lines.begin("through")
    lines.member("box", answer.threshold.label)
    lines.member("timeout", seconds: answer.threshold.seconds)
    lines.member("explains", answer.explains)
    lines.member("does_not_explain", answer.leavesOpen)
    lines.member("not_on_the_path_to", answer.survivors.map(\.server.description))
    lines.end()
  }
}
