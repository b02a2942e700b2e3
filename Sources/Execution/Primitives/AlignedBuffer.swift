internal import Glibc

/// Memory aligned to cache lines, owned by one plan.
///
/// A class because a plan holds many; it is never shared between plans or threads.
@safe
final class AlignedBuffer {
  static let alignment = 64
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  /// Zeroed memory of at least one line.
  init(byteCount: Int) {
    let lines = max(1, (byteCount + Self.alignment - 1) / Self.alignment)
    self.byteCount = lines * Self.alignment
    unsafe base = UnsafeMutableRawPointer.allocate(
      byteCount: self.byteCount, alignment: Self.alignment)
    unsafe memset(base, 0, self.byteCount)
  }

  deinit { unsafe base.deallocate() }
}
