internal import CLinux
internal import Glibc
internal import Wire

/// Processors that this process may run on: those of the machine, or fewer where a batch system,
/// a container or `taskset` allows fewer.
package func usableCores() -> Int {
  // Room for 65,536 processors; the kernel refuses a mask that is too small for its own.
  var mask = [UInt](repeating: 0, count: 1_024)
  let filled = unsafe tsq_affinity(&mask, mask.count * MemoryLayout<UInt>.size)
  let count = mask.reduce(0) { $0 + $1.nonzeroBitCount }
  return filled > 0 && count > 0 ? count : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}

/// What this process can find out about itself and where it runs.
enum Machine {
  /// The host's name.
  static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, 255) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Physical memory in bytes.
  static var memoryBytes: Int {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? pages * size : Int.max
  }

  static var process: Int32 { getpid() }

  /// Has the values of a shard, once freed, go back to the system instead of staying with the
  /// allocator in pieces that nothing larger fits.
  static func returnLargeBlocks() { _ = tsq_return_blocks_from(12 << 20) }

  /// Bytes of memory that this process occupies; 0 when the system does not say.
  static var residentBytes: Int {
    let descriptor = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    var text = [UInt8](repeating: 0, count: 128)
    let count = unsafe read(descriptor, &text, text.count)
    let fields = text.prefix(max(0, count)).split(separator: UInt8(ascii: " "))
    guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else {
      return 0
    }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }

  /// 128 random bits.
  static func randomWords() -> (high: UInt64, low: UInt64) {
    var generator = SystemRandomNumberGenerator()
    return (generator.next(), generator.next())
  }
}
