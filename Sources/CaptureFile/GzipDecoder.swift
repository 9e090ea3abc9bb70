import CZlib

/// Inflates a gzip stream of one or more members (RFC 1952) with zlib.
@safe struct GzipDecoder: ~Copyable {
  /// zlib keeps a pointer to its stream, so the stream must not move: it lives on the heap.
  private let stream: UnsafeMutablePointer<z_stream>
  private var compressed: [UInt8] = []
  private var next = 0
  /// Whether the octets fed so far end with the end of a member.
  private(set) var isAtEnd = false

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
    compressed = bytes
    next = 0
  }

  /// Inflates into `buffer` from `offset` on; 0 where more input is needed.
  mutating func inflate(into buffer: inout [UInt8], from offset: Int) throws(ByteInputError) -> Int {
    while next < compressed.count {
      if isAtEnd {
        // Another member may follow; anything else after the end is padding.
        guard compressed[next] == 0x1f else {
          next = compressed.count
          return 0
        }
        unsafe inflateReset(stream)
        isAtEnd = false
      }
      let (status, consumed, produced) = step(into: &buffer, from: offset)
      next += consumed
      guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
        throw ByteInputError(problem: "the compressed stream is damaged (zlib: \(zError(status)))")
      }
      if status == Z_STREAM_END { isAtEnd = true }
      if produced > 0 { return produced }
    }
    return 0
  }

  private func zError(_ status: Int32) -> String {
    guard let text = unsafe CZlib.zError(status) else { return "error \(status)" }
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
