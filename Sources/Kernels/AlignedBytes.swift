/// Bytes aligned to 64, owned: the operand of a kernel.
@safe
struct AlignedBytes: ~Copyable {
  let count: Int
  private let start: UnsafeMutableRawPointer

  init(zeroed count: Int) {
    self.init(uninitialized: count)
    unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }

  /// For bytes that are all written before one is read.
  init(uninitialized count: Int) {
    precondition(count >= 0, "a negative number of bytes")
    self.count = count
    unsafe start = .allocate(byteCount: max(count, 64), alignment: 64)
  }

  deinit { unsafe start.deallocate() }

  /// The bytes as elements, for as long as `body` runs.
  @inline(__always)
  func withElements<Element: BitwiseCopyable, Result>(
    of type: Element.Type, _ body: (UnsafeMutableBufferPointer<Element>) -> Result
  ) -> Result {
    unsafe body(
      UnsafeMutableBufferPointer(
        start: start.assumingMemoryBound(to: type), count: count / MemoryLayout<Element>.stride))
  }
}

// Written once while it is made, then only read: no thread sees a change.
extension AlignedBytes: @unchecked Sendable {}
