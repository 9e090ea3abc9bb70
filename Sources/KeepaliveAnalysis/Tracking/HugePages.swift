import CMemory

/// Arrays of millions of elements in huge pages: one of 2 MiB costs one page fault where small ones cost 512, and one
/// entry of the TLB. With a million connections that is a fifth of the whole CPU time.
///
/// It is advice, and needed only where transparent huge pages are set to `madvise`
/// (/sys/kernel/mm/transparent_hugepage/enabled).
extension Array {
  /// For fewer elements small pages do: a huge one is zeroed whole, however little of it is used.
  static var countForHugePages: Int { 1 << 17 }

  /// Asks for huge pages under the room that is reserved and not used yet.
  func preferHugePages() {
    // The address is only named to the kernel, which changes nothing that is stored there.
    unsafe withUnsafeBufferPointer {
      unsafe memory_prefer_huge_pages($0.baseAddress, capacity * MemoryLayout<Element>.stride)
    }
  }

  /// `count` times `value`, in huge pages if that is many.
  init(expecting count: Int, of value: Element) {
    self.init()
    reserveCapacity(count)
    if count >= Self.countForHugePages { preferHugePages() }
    append(contentsOf: repeatElement(value, count: count))
  }
}
