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
  static var residentBytes: Int { residentBytes(of: "self") }

  /// Bytes of memory that a process occupies, by its number or `self`; 0 when it is gone.
  static func residentBytes(of process: String) -> Int {
    let fields = text(of: "/proc/\(process)/statm").split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }

  /// Bytes that new work could get without swapping; 0 when the system does not say.
  static var availableMemoryBytes: Int {
    for line in text(of: "/proc/meminfo").split(separator: "\n")
    where line.hasPrefix("MemAvailable:") {
      return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1_024
    }
    return 0
  }

  /// How many processes the kernel has killed for want of memory since the machine began.
  static var outOfMemoryKills: Int {
    for line in text(of: "/proc/vmstat").split(separator: "\n") where line.hasPrefix("oom_kill ") {
      return Int(line.dropFirst("oom_kill ".count)) ?? 0
    }
    return 0
  }

  /// Has the kernel, when memory is short, end this process before the one that watches it.
  static func offerForKilling() {
    let descriptor = unsafe open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = unsafe write(descriptor, "500", 3)
    close(descriptor)
  }

  /// What the kernel tells in one of its files; empty when it does not.
  private static func text(of path: String) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 16_384)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// 128 random bits.
  static func randomWords() -> (high: UInt64, low: UInt64) {
    var generator = SystemRandomNumberGenerator()
    return (generator.next(), generator.next())
  }
}
