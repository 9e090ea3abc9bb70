import CZlib

/// Inflates a gzip stream of one or more members (RFC 1952) with zlib.
@safe struct GzipDecoder: ~Copyable {
  /// zlib keeps a pointer to its stream, so the stream must not move: it lives on the heap.
  private let stream: UnsafeMutablePointer<z_stream>
  private var compressed: [UInt8] = []
  private var next = 0
  /// How many compressed octets were fed before `compressed`.
  private var octetsBefore = 0
  /// What was found damaged, to be thrown once the octets before it are handed out.
  private var failure: ByteInputError?
  /// Whether the octets fed so far end with the end of a member, or with the padding after one.
  private(set) var isAtEnd = false
  private var isPadded = false

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let status = unsafe inflate_init_gzip(stream)
    precondition(status == Z_OK, "zlib has no memory for a stream")
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Takes the next compressed octets; those before must have been used up.
  mutating func feed(_ bytes: [UInt8]) {
    octetsBefore += compressed.count
    compressed = bytes
    next = 0
  }

  /// Inflates into `buffer` from `offset` on; 0 where more input is needed.
  ///
  /// - Throws: `ByteInputError` at damage, after all octets before it.
  mutating func inflate(into buffer: inout [UInt8], from offset: Int) throws(ByteInputError) -> Int {
    if let failure { throw failure }
    while next < compressed.count {
      if isAtEnd, try !beginMember() { return 0 }
      let (status, consumed, produced) = step(into: &buffer, from: offset)
      next += consumed
      if status == Z_STREAM_END {
        isAtEnd = true
      } else if status != Z_OK, status != Z_BUF_ERROR {
        failure = damage("zlib: \(zlibMessage(status))")
      }
      if produced > 0 { return produced }
      if let failure { throw failure }
    }
    return 0
  }

  /// After the end of a member: another begins (RFC 1952 §2.2), or only zeros follow, with which some tools fill up a block.
  ///
  /// - Returns: whether one begins; otherwise all octets are used up.
  private mutating func beginMember() throws(ByteInputError) -> Bool {
    if !isPadded, compressed[next] == 0x1f {
      unsafe inflateReset(stream)
      isAtEnd = false
      return true
    }
    isPadded = true
    guard let rest = compressed[next...].firstIndex(where: { $0 != 0 }) else {
      next = compressed.count
      return false
    }
    next = rest
    throw damage("what follows the end of a compressed part is none itself")
  }

  private func damage(_ what: String) -> ByteInputError {
    ByteInputError(
      problem:
        "the compressed file is damaged at its octet \(octetsBefore + next) (\(what)); what stood before was read, "
        + "what follows cannot be. Fetch the file again, and see whether gzip -t finds it whole")
  }

  /// zlib's words: the stream's own where it has some, "incorrect data check".
  private func zlibMessage(_ status: Int32) -> String {
    guard let text = unsafe stream.pointee.msg.map({ unsafe UnsafePointer($0) }) ?? CZlib.zError(status) else {
      return "error \(status)"
    }
    return unsafe String(cString: text)
  }

  /// One call of zlib's inflate, over arrays that outlive it.
  private func step(into buffer: inout [UInt8], from offset: Int) -> (status: Int32, consumed: Int, produced: Int) {
    unsafe compressed[next...].withUnsafeBufferPointer { input in
      unsafe buffer.withUnsafeMutableBufferPointer { whole in
        let output = unsafe UnsafeMutableBufferPointer(rebasing: whole[offset...])
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = UInt32(output.count)
        let status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        let consumed = unsafe input.count - Int(stream.pointee.avail_in)
        let produced = unsafe output.count - Int(stream.pointee.avail_out)
        return (status, consumed, produced)
      }
    }
  }
}
