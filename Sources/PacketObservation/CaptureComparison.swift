import PacketWire

/// Two files that captured the same packets, at two places or on two hosts.
public struct SharedCapture: Sendable {
  /// The file, from 0.
  public let file: Int
  /// The earlier named file that it shares packets with.
  public let reference: Int
  /// How far its clock is ahead of the reference's: nanoseconds.
  public let clockAhead: Int64
  /// Half the time that packets took there and back, in nanoseconds: so far off `clockAhead` may be; `nil` where only one
  /// direction was captured in both, and the way's length is part of it.
  public let uncertainty: Int64?
}

/// Finds out whether several files captured the same packets: a first pass over each of them, before the analysis.
///
/// Of each file a sample of fingerprints is kept, the same ones in all: those below a bound, which falls as they become
/// too many. The memory is bounded by `sampleLimit` a file, and less where there are many files.
public struct CaptureComparison {
  /// Fingerprints kept of a file; some thousand tell the clocks' difference as well as all.
  private static let sampleLimit = 8192
  /// Of more than eight files fewer are kept of each, so that all together take some 3 MB; but never fewer than this.
  private static let leastSampleLimit = 256

  private struct Sample {
    var time: Int64
    /// Whether it went from the lower address and port to the higher.
    var isForward: Bool
    var occurrences: Int
  }

  private let sampleLimit: Int
  private var samples: [[PacketFingerprint: Sample]]
  private var bounds: [UInt64]
  private var decoder = PacketDecoder()
  private var segment = Segment()

  /// A comparison of so many files.
  public init(files: Int) {
    sampleLimit = max(Self.leastSampleLimit, Self.sampleLimit / max(1, files / 8))
    samples = Array(repeating: [:], count: files)
    bounds = Array(repeating: .max, count: files)
  }

  /// Takes one packet; parameters as in `PacketObserver.observe`.
  public mutating func note(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>, originalLength: Int, linkType: LinkType, time: Int64?,
    file: Int
  ) {
    guard let time,
      decoder.decode(
        bytes, in: range, originalLength: originalLength, linkType: linkType, interface: 0, into: &segment) == .segment,
      isDistinctive
    else { return }
    let fingerprint = PacketFingerprint(segment)
    guard fingerprint.value <= bounds[file] else { return }
    let source = (segment.source.high, segment.source.low, segment.sourcePort)
    let destination = (segment.destination.high, segment.destination.low, segment.destinationPort)
    samples[file][fingerprint, default: Sample(time: time, isForward: source < destination, occurrences: 0)]
      .occurrences += 1
    if samples[file].count > sampleLimit {
      bounds[file] /= 2
      let bound = bounds[file]
      samples[file] = samples[file].filter { $0.key.value <= bound }
    }
  }

  /// Whether no other packet of its connection looks the same: two probes may be alike in everything but a timestamp or
  /// identification.
  private var isDistinctive: Bool {
    segment.length > 0 || segment.traits.contains(.timestamps) || segment.identification != 0
  }

  /// The files that share packets with an earlier one, each with the first such.
  ///
  /// Of each packet only the first file that has it is looked at, so that many files cost no more than their samples.
  public var shared: [SharedCapture] {
    var owners: [PacketFingerprint: Int] = [:]
    return samples.indices.compactMap { file in
      var pairs: [Int: Differences] = [:]
      for (fingerprint, sample) in samples[file] where sample.occurrences == 1 {
        guard let owner = owners[fingerprint], let first = samples[owner][fingerprint] else {
          owners[fingerprint] = file
          continue
        }
        pairs[owner, default: Differences()].note(sample.time &- first.time, isForward: first.isForward)
      }
      return pairs.keys.sorted().lazy.compactMap { pairs[$0]?.shared(file, $0) }.first
    }
  }
}

/// How much later the packets of one file are by its clock than by another's, in nanoseconds.
private struct Differences {
  /// So many packets must be shared: one or two may be chance, or a damaged file.
  private static let leastShared = 3

  private var forward: [Int64] = []
  private var backward: [Int64] = []

  mutating func note(_ difference: Int64, isForward: Bool) {
    if isForward { forward.append(difference) } else { backward.append(difference) }
  }

  func shared(_ file: Int, _ reference: Int) -> SharedCapture? {
    guard forward.count + backward.count >= Self.leastShared else { return nil }
    guard let there = Self.median(forward), let back = Self.median(backward) else {
      let only = Self.median(forward + backward) ?? 0
      return SharedCapture(file: file, reference: reference, clockAhead: only, uncertainty: nil)
    }
    // One way the packets' time on the path adds to the clocks' difference, the other way it is taken off. Halves first: the
    // sum of two differences need not fit 64 bits.
    return SharedCapture(
      file: file, reference: reference, clockAhead: there / 2 + back / 2, uncertainty: abs(there / 2 - back / 2))
  }

  private static func median(_ values: [Int64]) -> Int64? {
    values.isEmpty ? nil : values.sorted()[values.count / 2]
  }
}
