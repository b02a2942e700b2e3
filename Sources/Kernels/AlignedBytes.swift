internal import CKernels

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
    unsafe adviseLargePages(UnsafeMutableRawBufferPointer(start: start, count: count))
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

/// Asks the system for large pages under memory that has not been touched yet: fewer faults, and
/// matrices whose columns lie far apart find their addresses sooner. Nothing depends on the answer.
@unsafe
func adviseLargePages(_ memory: UnsafeMutableRawBufferPointer) {
  guard memory.count >= 4 << 20, let start = memory.baseAddress else { return }
  unsafe ckernels_advise_large_pages(start, memory.count)
}
