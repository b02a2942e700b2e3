/// Places areas of memory, each needed for an interval of steps, in one arena.
///
/// Greedy by size: the largest area first, each at the lowest place that is free for its whole
/// interval. Areas begin at multiples of a cache line.
struct MemoryPlan {
  struct Area {
    var byteCount: Int
    /// The first and last step that touch the area.
    var lifetime: ClosedRange<Int>
  }

  /// The place of each area, in bytes.
  private(set) var offsets: [Int]
  private(set) var byteCount = 0

  /// - Complexity: O(areas²).
  init(_ areas: [Area]) {
    offsets = [Int](repeating: 0, count: areas.count)
    let order = areas.indices.sorted {
      areas[$0].byteCount == areas[$1].byteCount
        ? $0 < $1 : areas[$0].byteCount > areas[$1].byteCount
    }
    var placed: [Int] = []
    for index in order {
      let size = Self.aligned(areas[index].byteCount)
      let rivals = placed.filter { areas[$0].lifetime.overlaps(areas[index].lifetime) }
      var offset = 0
      for rival in rivals.sorted(by: { offsets[$0] < offsets[$1] }) {
        if offsets[rival] >= offset + size { break }
        offset = max(offset, offsets[rival] + Self.aligned(areas[rival].byteCount))
      }
      offsets[index] = offset
      byteCount = max(byteCount, offset + size)
      placed.append(index)
    }
  }

  private static func aligned(_ count: Int) -> Int { (max(count, 1) + 63) / 64 * 64 }
}
