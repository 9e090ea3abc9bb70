import KeepaliveAnalysis
import PacketObservation

// What the analysis says passes through to renderers as it is. They import this module and not the analysis, so that the compiler
// keeps its engine from them: a renderer has values, and nothing to ask.

/// What shows which end of a connection is the client.
public typealias ClientBasis = KeepaliveAnalysis.ClientBasis
/// Where the capturing host's clock was set.
public typealias ClockStep = KeepaliveAnalysis.ClockStep
/// What the capture tells of one connection.
public typealias ConnectionReport = KeepaliveAnalysis.ConnectionReport
/// Gaps between unanswered probes that double.
public typealias DoublingGaps = KeepaliveAnalysis.DoublingGaps
/// How many events of each kind were recognised.
public typealias EventTally = KeepaliveAnalysis.EventTally
/// How many connections were forgotten, and why.
public typealias ForgottenCounts = KeepaliveAnalysis.ForgottenCounts
/// The reasons of one frame.
public typealias FrameExplanation = KeepaliveAnalysis.FrameExplanation
/// A frame of one of several files.
public typealias FrameKey = KeepaliveAnalysis.FrameKey
/// A packet that proves something.
public typealias FrameReference = KeepaliveAnalysis.FrameReference
/// When Linux gives a connection up.
public typealias GiveUpTime = KeepaliveAnalysis.GiveUpTime
/// What a rule made of a frame.
public typealias Judgement = KeepaliveAnalysis.Judgement
/// Something recognised in the capture.
public typealias KeepaliveEvent = KeepaliveAnalysis.KeepaliveEvent
/// A probe that was due, and did not come.
public typealias MissedProbe = KeepaliveAnalysis.MissedProbe
/// How many packets were seen, and what they were.
public typealias PacketCounts = PacketObservation.PacketCounts
/// What was seen of one end as a prober.
public typealias ProberReport = KeepaliveAnalysis.ProberReport
/// What speaks for who sent a reset.
public typealias ResetReport = KeepaliveAnalysis.ResetReport
/// What observed gaps allow a setting to be.
public typealias SettingRange = KeepaliveAnalysis.SettingRange
/// That a file captured the same packets as another.
public typealias SharedCapture = PacketObservation.SharedCapture
/// One of the two ends of a connection.
public typealias Side = KeepaliveAnalysis.Side
/// What became of a connection.
public typealias Verdict = KeepaliveAnalysis.Verdict
